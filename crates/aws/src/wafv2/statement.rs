//! What a rule looks for. Statements nest: `and`, `or` and `not` inside each other as deep as the public provider's schema goes,
//! which a constant table can only hold as one type a level.

use super::action::RuleActionOverride;
use super::field::{CustomKey, FieldToMatch, ForwardedIp, SetForwardedIp, TextTransformation};
use super::managed::GroupConfig;
use crate::wire::wire;
use aws_sdk_wafv2::types;
use cairn_model::check::arn;
use cairn_model::{between, one_of};
use std::collections::BTreeSet;

wire! {
    /// Requests from networks by their number.
    AsnMatch => try AsnMatchStatement {
        /// Numbers of the autonomous systems.
        #[attr(required)]
        asn_list: Vec<i64> => plains asn_list set_asn_list,
        /// Take the client's address from a header.
        #[block]
        forwarded_ip_config: Option<ForwardedIp> => one forwarded_ip_config set_forwarded_ip_config,
    }
}

wire! {
    /// A text in a part of the request.
    ByteMatch => try ByteMatchStatement {
        /// Where the text stands: `EXACTLY`, `STARTS_WITH`, `ENDS_WITH`, `CONTAINS` or `CONTAINS_WORD`.
        #[attr(required, check = one_of!("EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"))]
        positional_constraint: String => text positional_constraint set_positional_constraint,
        /// The text.
        #[attr(required, check = cairn_model::length!(1, 200))]
        search_string: String => blob search_string set_search_string,
        /// The part of the request.
        #[block]
        field_to_match: Option<FieldToMatch> => one field_to_match set_field_to_match,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Requests from countries.
    GeoMatch => plain GeoMatchStatement {
        /// Countries by their two letters.
        #[attr(required)]
        country_codes: Vec<String> => texts_opt country_codes set_country_codes,
        /// Take the client's address from a header.
        #[block]
        forwarded_ip_config: Option<ForwardedIp> => one forwarded_ip_config set_forwarded_ip_config,
    }
}

wire! {
    /// Requests from a set of addresses.
    IpSetReference => try IpSetReferenceStatement {
        /// ARN of the set.
        #[attr(required, check = arn)]
        arn: String => text arn set_arn,
        /// Take the client's address from a header.
        #[block]
        ip_set_forwarded_ip_config: Option<SetForwardedIp> => one ip_set_forwarded_ip_config set_ip_set_forwarded_ip_config,
    }
}

wire! {
    /// A label that an earlier rule put on the request.
    LabelMatch => try LabelMatchStatement {
        /// The label, or its namespace.
        #[attr(required)]
        key: String => text key set_key,
        /// What `key` is: `LABEL` or `NAMESPACE`.
        #[attr(required, check = one_of!("LABEL", "NAMESPACE"))]
        scope: String => text scope set_scope,
    }
}

wire! {
    /// A regular expression in a part of the request.
    RegexMatch => try RegexMatchStatement {
        /// The expression.
        #[attr(required, check = cairn_model::length!(1, 512))]
        regex_string: String => text regex_string set_regex_string,
        /// The part of the request.
        #[block]
        field_to_match: Option<FieldToMatch> => one field_to_match set_field_to_match,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// A set of regular expressions in a part of the request.
    RegexPatternSetReference => try RegexPatternSetReferenceStatement {
        /// ARN of the set.
        #[attr(required, check = arn)]
        arn: String => text arn set_arn,
        /// The part of the request.
        #[block]
        field_to_match: Option<FieldToMatch> => one field_to_match set_field_to_match,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// A part of the request by its size.
    SizeConstraint => try SizeConstraintStatement {
        /// How it is compared: `EQ`, `NE`, `LE`, `LT`, `GE` or `GT`.
        #[attr(required, check = one_of!("EQ", "NE", "LE", "LT", "GE", "GT"))]
        comparison_operator: String => text comparison_operator set_comparison_operator,
        /// Bytes.
        #[attr(required, check = between!(0, 2_147_483_647))]
        size: i64 => plain size set_size,
        /// The part of the request.
        #[block]
        field_to_match: Option<FieldToMatch> => one field_to_match set_field_to_match,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// SQL in a part of the request.
    SqliMatch => try SqliMatchStatement {
        /// How readily it suspects: `LOW` or `HIGH`.
        #[attr(optional, computed, check = one_of!("LOW", "HIGH"))]
        sensitivity_level: Option<String> => text_opt sensitivity_level set_sensitivity_level,
        /// The part of the request.
        #[block]
        field_to_match: Option<FieldToMatch> => one field_to_match set_field_to_match,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Scripts in a part of the request.
    XssMatch => try XssMatchStatement {
        /// The part of the request.
        #[block]
        field_to_match: Option<FieldToMatch> => one field_to_match set_field_to_match,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

/// A level of statements: those that hold no other, and what is given besides.
macro_rules! statement {
    ($(#[$m:meta])* $name:ident { $($more:tt)* }) => {
        wire! {
            $(#[$m])*
            $name => plain Statement {
                /// Networks by their number.
                #[block]
                asn_match_statement: Option<AsnMatch> => one asn_match_statement set_asn_match_statement,
                /// A text.
                #[block]
                byte_match_statement: Option<ByteMatch> => one byte_match_statement set_byte_match_statement,
                /// Countries.
                #[block]
                geo_match_statement: Option<GeoMatch> => one geo_match_statement set_geo_match_statement,
                /// A set of addresses.
                #[block]
                ip_set_reference_statement: Option<IpSetReference> => one ip_set_reference_statement set_ip_set_reference_statement,
                /// A label.
                #[block]
                label_match_statement: Option<LabelMatch> => one label_match_statement set_label_match_statement,
                /// A regular expression.
                #[block]
                regex_match_statement: Option<RegexMatch> => one regex_match_statement set_regex_match_statement,
                /// A set of regular expressions.
                #[block]
                regex_pattern_set_reference_statement: Option<RegexPatternSetReference> => one regex_pattern_set_reference_statement set_regex_pattern_set_reference_statement,
                /// A size.
                #[block]
                size_constraint_statement: Option<SizeConstraint> => one size_constraint_statement set_size_constraint_statement,
                /// SQL.
                #[block]
                sqli_match_statement: Option<SqliMatch> => one sqli_match_statement set_sqli_match_statement,
                /// Scripts.
                #[block]
                xss_match_statement: Option<XssMatch> => one xss_match_statement set_xss_match_statement,
                $($more)*
            }
        }
    };
}

/// `and`, `or` and `not` of the statements of a level.
macro_rules! logic {
    ($and:ident $or:ident $not:ident $inner:ident) => {
        wire! {
            /// All of these.
            $and => try AndStatement {
                /// A statement.
                #[block(required)]
                statement: Vec<$inner> => many statements set_statements,
            }
        }
        wire! {
            /// Any of these.
            $or => try OrStatement {
                /// A statement.
                #[block(required)]
                statement: Vec<$inner> => many statements set_statements,
            }
        }
        wire! {
            /// Not this.
            $not => plain NotStatement {
                /// The statement.
                #[block(required)]
                statement: Vec<$inner> => first_boxed statement set_statement,
            }
        }
    };
}

statement! {
    /// A statement that holds no other.
    Leaf {}
}
logic!(And1 Or1 Not1 Leaf);
statement! {
    /// A statement of the lowest level that holds others.
    Nested2 {
        /// All of these.
        #[block]
        and_statement: Option<And1> => one and_statement set_and_statement,
        /// Not this.
        #[block]
        not_statement: Option<Not1> => one not_statement set_not_statement,
        /// Any of these.
        #[block]
        or_statement: Option<Or1> => one or_statement set_or_statement,
    }
}
logic!(And2 Or2 Not2 Nested2);
statement! {
    /// A statement inside a rule's own.
    Nested3 {
        /// All of these.
        #[block]
        and_statement: Option<And2> => one and_statement set_and_statement,
        /// Not this.
        #[block]
        not_statement: Option<Not2> => one not_statement set_not_statement,
        /// Any of these.
        #[block]
        or_statement: Option<Or2> => one or_statement set_or_statement,
    }
}
logic!(And3 Or3 Not3 Nested3);

wire! {
    /// A group of rules that AWS or a seller maintains.
    ManagedGroup => try ManagedRuleGroupStatement {
        /// Name of the group.
        #[attr(required)]
        name: String => text name set_name,
        /// Who maintains it, such as `AWS`.
        #[attr(required)]
        vendor_name: String => text vendor_name set_vendor_name,
        /// A fixed version instead of the current one.
        #[attr(optional)]
        version: Option<String> => text_opt version set_version,
        /// Settings that the group needs.
        #[block]
        managed_rule_group_configs: Vec<GroupConfig> => many_opt managed_rule_group_configs set_managed_rule_group_configs,
        /// What is done instead of what a rule of the group says.
        #[block(max = 100)]
        rule_action_override: Vec<RuleActionOverride> => many_opt rule_action_overrides set_rule_action_overrides,
        /// Look only at requests that match this.
        #[block]
        scope_down_statement: Option<Nested3> => boxed scope_down_statement set_scope_down_statement,
    }
}

wire! {
    /// More requests than a limit.
    RateBased => try RateBasedStatement {
        /// What is counted by: `IP`, `FORWARDED_IP`, `CUSTOM_KEYS` or `CONSTANT`.
        #[attr(default = "IP", check = one_of!("IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT"))]
        aggregate_key_type: String => text aggregate_key_type set_aggregate_key_type,
        /// Seconds that are looked back: 60, 120, 300 or 600.
        #[attr(default = 300)]
        evaluation_window_sec: i64 => (or 300) evaluation_window_sec set_evaluation_window_sec,
        /// Requests in that time, at least 10.
        #[attr(required, check = between!(10, 2_000_000_000))]
        limit: i64 => plain limit set_limit,
        /// What is counted by, with `CUSTOM_KEYS`.
        #[block(max = 5)]
        custom_key: Vec<CustomKey> => many_opt custom_keys set_custom_keys,
        /// Take the client's address from a header.
        #[block]
        forwarded_ip_config: Option<ForwardedIp> => one forwarded_ip_config set_forwarded_ip_config,
        /// Count only requests that match this.
        #[block]
        scope_down_statement: Option<Nested3> => boxed scope_down_statement set_scope_down_statement,
    }
}

wire! {
    /// A group of rules of one's own.
    GroupReference => try RuleGroupReferenceStatement {
        /// ARN of the group.
        #[attr(required, check = arn)]
        arn: String => text arn set_arn,
        /// What is done instead of what a rule of the group says.
        #[block(max = 100)]
        rule_action_override: Vec<RuleActionOverride> => many_opt rule_action_overrides set_rule_action_overrides,
    }
}

statement! {
    /// What a rule looks for. One of these stands.
    Statement {
        /// All of these.
        #[block]
        and_statement: Option<And3> => one and_statement set_and_statement,
        /// A group of rules that AWS or a seller maintains.
        #[block]
        managed_rule_group_statement: Option<ManagedGroup> => one managed_rule_group_statement set_managed_rule_group_statement,
        /// Not this.
        #[block]
        not_statement: Option<Not3> => one not_statement set_not_statement,
        /// Any of these.
        #[block]
        or_statement: Option<Or3> => one or_statement set_or_statement,
        /// More requests than a limit.
        #[block]
        rate_based_statement: Option<RateBased> => one rate_based_statement set_rate_based_statement,
        /// A group of rules of one's own.
        #[block]
        rule_group_reference_statement: Option<GroupReference> => one rule_group_reference_statement set_rule_group_reference_statement,
    }
}
