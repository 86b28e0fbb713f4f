//! Settings of the rule groups that AWS maintains.

use crate::wire::wire;
use aws_sdk_wafv2::types;
use cairn_model::one_of;
use std::collections::BTreeSet;

macro_rules! identifier {
    ($(#[$m:meta])* $name:ident => $sdk:ident) => {
        wire! {
            $(#[$m])*
            $name => try $sdk {
                /// Name or JSON pointer of the form's field.
                #[attr(required)]
                identifier: String => text identifier set_identifier,
            }
        }
    };
}
identifier!(
    /// The field with the user's name.
    UsernameField => UsernameField
);
identifier!(
    /// The field with the password.
    PasswordField => PasswordField
);
identifier!(
    /// The field with the mail address.
    EmailField => EmailField
);

/// Fields that are named together, and each is one of the SDK's.
macro_rules! identifiers {
    ($(#[$m:meta])* $name:ident, $sdk:ident, $send:ident, $take:ident) => {
        $(#[$m])*
        #[derive(cairn_derive::Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name {
            /// Names or JSON pointers of the form's fields.
            #[attr(required)]
            pub identifiers: Vec<String>,
        }

        fn $send(fields: Option<&$name>) -> Result<Option<Vec<types::$sdk>>, cairn_engine::Failure> {
            let one = |i: &String| types::$sdk::builder().identifier(i).build().map_err(crate::wire::unbuilt);
            fields.map(|f| f.identifiers.iter().map(one).collect()).transpose()
        }

        fn $take(fields: Option<&Vec<types::$sdk>>) -> Option<$name> {
            fields.filter(|f| !f.is_empty()).map(|f| $name { identifiers: f.iter().map(|i| i.identifier.clone()).collect() })
        }
    };
}
identifiers!(
    /// The fields with the postal address.
    AddressFields,
    AddressField,
    send_addresses,
    take_addresses
);
identifiers!(
    /// The fields with the telephone number.
    PhoneNumberFields,
    PhoneNumberField,
    send_phones,
    take_phones
);

wire! {
    /// Where a login form keeps what is checked.
    RequestInspection => try RequestInspection {
        /// How the form is sent: `JSON` or `FORM_ENCODED`.
        #[attr(required, check = one_of!("JSON", "FORM_ENCODED"))]
        payload_type: String => text payload_type set_payload_type,
        /// The field with the password.
        #[block(required)]
        password_field: Option<PasswordField> => one password_field set_password_field,
        /// The field with the user's name.
        #[block(required)]
        username_field: Option<UsernameField> => one username_field set_username_field,
    }
}

/// Where a registration form keeps what is checked.
#[derive(cairn_derive::Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistrationInspection {
    /// How the form is sent: `JSON` or `FORM_ENCODED`.
    #[attr(required, check = one_of!("JSON", "FORM_ENCODED"))]
    pub payload_type: String,
    /// The fields with the postal address.
    #[block]
    pub address_fields: Option<AddressFields>,
    /// The field with the mail address.
    #[block]
    pub email_field: Option<EmailField>,
    /// The field with the password.
    #[block]
    pub password_field: Option<PasswordField>,
    /// The fields with the telephone number.
    #[block]
    pub phone_number_fields: Option<PhoneNumberFields>,
    /// The field with the user's name.
    #[block]
    pub username_field: Option<UsernameField>,
}

impl crate::wire::Wire for RegistrationInspection {
    type Sdk = types::RequestInspectionAcfp;
    fn send(&self) -> Result<Self::Sdk, cairn_engine::Failure> {
        types::RequestInspectionAcfp::builder()
            .payload_type(self.payload_type.as_str().into())
            .set_address_fields(send_addresses(self.address_fields.as_ref())?)
            .set_email_field(crate::wire::put!(one self.email_field))
            .set_password_field(crate::wire::put!(one self.password_field))
            .set_phone_number_fields(send_phones(self.phone_number_fields.as_ref())?)
            .set_username_field(crate::wire::put!(one self.username_field))
            .build()
            .map_err(crate::wire::unbuilt)
    }
    fn take(sdk: &Self::Sdk) -> RegistrationInspection {
        RegistrationInspection {
            payload_type: sdk.payload_type.as_str().to_string(),
            address_fields: take_addresses(sdk.address_fields.as_ref()),
            email_field: crate::wire::got!(one sdk.email_field),
            password_field: crate::wire::got!(one sdk.password_field),
            phone_number_fields: take_phones(sdk.phone_number_fields.as_ref()),
            username_field: crate::wire::got!(one sdk.username_field),
        }
    }
}

wire! {
    /// Success told by texts of the body.
    ResponseBody => try ResponseInspectionBodyContains {
        /// Texts of a failure.
        #[attr(required)]
        failure_strings: BTreeSet<String> => texts failure_strings set_failure_strings,
        /// Texts of a success.
        #[attr(required)]
        success_strings: BTreeSet<String> => texts success_strings set_success_strings,
    }
}

wire! {
    /// Success told by a header.
    ResponseHeader => try ResponseInspectionHeader {
        /// Values of a failure.
        #[attr(required)]
        failure_values: BTreeSet<String> => texts failure_values set_failure_values,
        /// Name of the header.
        #[attr(required)]
        name: String => text name set_name,
        /// Values of a success.
        #[attr(required)]
        success_values: BTreeSet<String> => texts success_values set_success_values,
    }
}

wire! {
    /// Success told by an element of a JSON body.
    ResponseJson => try ResponseInspectionJson {
        /// Values of a failure.
        #[attr(required)]
        failure_values: BTreeSet<String> => texts failure_values set_failure_values,
        /// JSON pointer of the element.
        #[attr(required)]
        identifier: String => text identifier set_identifier,
        /// Values of a success.
        #[attr(required)]
        success_values: BTreeSet<String> => texts success_values set_success_values,
    }
}

wire! {
    /// Success told by the status.
    ResponseStatus => try ResponseInspectionStatusCode {
        /// Statuses of a failure.
        #[attr(required)]
        failure_codes: BTreeSet<i32> => plains failure_codes set_failure_codes,
        /// Statuses of a success.
        #[attr(required)]
        success_codes: BTreeSet<i32> => plains success_codes set_success_codes,
    }
}

wire! {
    /// How the answer tells whether a login succeeded. One of these stands.
    ResponseInspection => plain ResponseInspection {
        /// By texts of the body.
        #[block]
        body_contains: Option<ResponseBody> => one body_contains set_body_contains,
        /// By a header.
        #[block]
        header: Option<ResponseHeader> => one header set_header,
        /// By an element of a JSON body.
        #[block]
        json: Option<ResponseJson> => one json set_json,
        /// By the status.
        #[block]
        status_code: Option<ResponseStatus> => one status_code set_status_code,
    }
}

wire! {
    /// Settings of the group against fraudulent registrations.
    AcfpRuleSet => try AwsManagedRulesAcfpRuleSet {
        /// Path that a filled form is sent to.
        #[attr(required)]
        creation_path: String => text creation_path set_creation_path,
        /// The paths are regular expressions.
        #[attr(optional, computed)]
        enable_regex_in_path: Option<bool> => plain_opt enable_regex_in_path set_enable_regex_in_path,
        /// Path of the page with the form.
        #[attr(required)]
        registration_page_path: String => text registration_page_path set_registration_page_path,
        /// Where the form keeps what is checked.
        #[block(required)]
        request_inspection: Option<RegistrationInspection> => one request_inspection set_request_inspection,
        /// How the answer tells success.
        #[block]
        response_inspection: Option<ResponseInspection> => one response_inspection set_response_inspection,
    }
}

wire! {
    /// Settings of the group against stolen passwords.
    AtpRuleSet => try AwsManagedRulesAtpRuleSet {
        /// The path is a regular expression.
        #[attr(optional, computed)]
        enable_regex_in_path: Option<bool> => plain_opt enable_regex_in_path set_enable_regex_in_path,
        /// Path that logins are sent to.
        #[attr(required)]
        login_path: String => text login_path set_login_path,
        /// Where the form keeps what is checked.
        #[block]
        request_inspection: Option<RequestInspection> => one request_inspection set_request_inspection,
        /// How the answer tells success.
        #[block]
        response_inspection: Option<ResponseInspection> => one response_inspection set_response_inspection,
    }
}

wire! {
    /// Settings of the group against bots.
    BotControlRuleSet => try AwsManagedRulesBotControlRuleSet {
        /// Learn what is usual for the site; only for `TARGETED`.
        #[attr(default = true)]
        enable_machine_learning: bool => plain enable_machine_learning set_enable_machine_learning,
        /// How closely it looks: `COMMON` or `TARGETED`.
        #[attr(required, check = one_of!("COMMON", "TARGETED"))]
        inspection_level: String => text inspection_level set_inspection_level,
    }
}

wire! {
    /// Settings of a group that AWS maintains.
    GroupConfig => plain ManagedRuleGroupConfig {
        /// Settings of the group against fraudulent registrations.
        #[block]
        aws_managed_rules_acfp_rule_set: Option<AcfpRuleSet> => one aws_managed_rules_acfp_rule_set set_aws_managed_rules_acfp_rule_set,
        /// Settings of the group against stolen passwords.
        #[block]
        aws_managed_rules_atp_rule_set: Option<AtpRuleSet> => one aws_managed_rules_atp_rule_set set_aws_managed_rules_atp_rule_set,
        /// Settings of the group against bots.
        #[block]
        aws_managed_rules_bot_control_rule_set: Option<BotControlRuleSet> => one aws_managed_rules_bot_control_rule_set set_aws_managed_rules_bot_control_rule_set,
    }
}
