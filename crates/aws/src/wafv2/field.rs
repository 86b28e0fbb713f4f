//! What part of a request a statement looks at, and what is done to it before.

use crate::wire::{Empty, wire};
use aws_sdk_wafv2::types;
use cairn_model::{between, one_of};
use std::collections::BTreeSet;

wire! {
    /// A change of the text before it is looked at.
    TextTransformation => try TextTransformation {
        /// Place in the order of the changes, lowest first.
        #[attr(required)]
        priority: i32 => plain priority set_priority,
        /// The change, such as `NONE`, `LOWERCASE`, `URL_DECODE`.
        #[attr(required, name = "type")]
        kind: String => text r#type set_type,
    }
}

wire! {
    /// A header by name.
    SingleHeader => try SingleHeader {
        /// Name of the header, in any case.
        #[attr(required, equal = cairn_model::equality::ignore_case)]
        name: String => text name set_name,
    }
}

wire! {
    /// An argument of the query string by name.
    SingleQueryArgument => try SingleQueryArgument {
        /// Name of the argument, in any case.
        #[attr(required, equal = cairn_model::equality::ignore_case)]
        name: String => text name set_name,
    }
}

wire! {
    /// The body as plain text.
    Body => plain Body {
        /// What happens to a body that is longer than AWS looks at: `CONTINUE`, `MATCH` or `NO_MATCH`.
        #[attr(optional, computed, check = one_of!("CONTINUE", "MATCH", "NO_MATCH"))]
        oversize_handling: Option<String> => text_opt oversize_handling set_oversize_handling,
    }
}

wire! {
    /// Which cookies count.
    CookiePattern => plain CookieMatchPattern {
        /// All but these.
        #[attr(optional)]
        excluded_cookies: Vec<String> => texts_opt excluded_cookies set_excluded_cookies,
        /// These.
        #[attr(optional)]
        included_cookies: Vec<String> => texts_opt included_cookies set_included_cookies,
        /// Every one.
        #[block]
        all: Option<Empty> => (empty All) all set_all,
    }
}

wire! {
    /// Cookies.
    Cookies => try Cookies {
        /// What of them counts: `ALL`, `KEY` or `VALUE`.
        #[attr(required, check = one_of!("ALL", "KEY", "VALUE"))]
        match_scope: String => text match_scope set_match_scope,
        /// What happens to cookies that are longer than AWS looks at.
        #[attr(required, check = one_of!("CONTINUE", "MATCH", "NO_MATCH"))]
        oversize_handling: String => text oversize_handling set_oversize_handling,
        /// Which cookies count.
        #[block(required)]
        match_pattern: Vec<CookiePattern> => first match_pattern set_match_pattern,
    }
}

wire! {
    /// Which headers count.
    HeaderPattern => plain HeaderMatchPattern {
        /// All but these.
        #[attr(optional)]
        excluded_headers: Vec<String> => texts_opt excluded_headers set_excluded_headers,
        /// These.
        #[attr(optional)]
        included_headers: Vec<String> => texts_opt included_headers set_included_headers,
        /// Every one.
        #[block]
        all: Option<Empty> => (empty All) all set_all,
    }
}

wire! {
    /// Headers.
    Headers => try Headers {
        /// What of them counts: `ALL`, `KEY` or `VALUE`.
        #[attr(required, check = one_of!("ALL", "KEY", "VALUE"))]
        match_scope: String => text match_scope set_match_scope,
        /// What happens to headers that are longer than AWS looks at.
        #[attr(required, check = one_of!("CONTINUE", "MATCH", "NO_MATCH"))]
        oversize_handling: String => text oversize_handling set_oversize_handling,
        /// Which headers count.
        #[block(required)]
        match_pattern: Option<HeaderPattern> => one match_pattern set_match_pattern,
    }
}

wire! {
    /// The names of the headers in their order.
    HeaderOrder => try HeaderOrder {
        /// What happens to headers that are longer than AWS looks at.
        #[attr(required, check = one_of!("CONTINUE", "MATCH", "NO_MATCH"))]
        oversize_handling: String => text oversize_handling set_oversize_handling,
    }
}

wire! {
    /// The JA3 fingerprint of the TLS hello.
    Ja3Fingerprint => try Ja3Fingerprint {
        /// What happens without one: `MATCH` or `NO_MATCH`.
        #[attr(required, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: String => text fallback_behavior set_fallback_behavior,
    }
}

wire! {
    /// The JA4 fingerprint of the TLS hello.
    Ja4Fingerprint => try Ja4Fingerprint {
        /// What happens without one: `MATCH` or `NO_MATCH`.
        #[attr(required, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: String => text fallback_behavior set_fallback_behavior,
    }
}

wire! {
    /// Which elements of the JSON count.
    JsonPattern => plain JsonMatchPattern {
        /// Paths of the elements, as JSON pointers.
        #[attr(optional)]
        included_paths: Vec<String> => texts_opt included_paths set_included_paths,
        /// Every one.
        #[block]
        all: Option<Empty> => (empty All) all set_all,
    }
}

wire! {
    /// The body as JSON.
    JsonBody => try JsonBody {
        /// What happens to a body that is no valid JSON: `MATCH`, `NO_MATCH` or `EVALUATE_AS_STRING`.
        #[attr(optional, check = one_of!("MATCH", "NO_MATCH", "EVALUATE_AS_STRING"))]
        invalid_fallback_behavior: Option<String> => text_opt invalid_fallback_behavior set_invalid_fallback_behavior,
        /// What of it counts: `ALL`, `KEY` or `VALUE`.
        #[attr(required, check = one_of!("ALL", "KEY", "VALUE"))]
        match_scope: String => text match_scope set_match_scope,
        /// What happens to a body that is longer than AWS looks at.
        #[attr(optional, computed, check = one_of!("CONTINUE", "MATCH", "NO_MATCH"))]
        oversize_handling: Option<String> => text_opt oversize_handling set_oversize_handling,
        /// Which elements count.
        #[block(required)]
        match_pattern: Option<JsonPattern> => one match_pattern set_match_pattern,
    }
}

wire! {
    /// The part of the address after `#`.
    UriFragment => plain UriFragment {
        /// What happens without one: `MATCH` or `NO_MATCH`.
        #[attr(optional, computed, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: Option<String> => text_opt fallback_behavior set_fallback_behavior,
    }
}

wire! {
    /// The part of a request that is looked at. One of these stands.
    FieldToMatch => plain FieldToMatch {
        /// All arguments of the query string.
        #[block]
        all_query_arguments: Option<Empty> => (empty AllQueryArguments) all_query_arguments set_all_query_arguments,
        /// The body.
        #[block]
        body: Option<Body> => one body set_body,
        /// Cookies.
        #[block]
        cookies: Option<Cookies> => one cookies set_cookies,
        /// The names of the headers in their order.
        #[block]
        header_order: Vec<HeaderOrder> => first header_order set_header_order,
        /// Headers.
        #[block]
        headers: Vec<Headers> => first headers set_headers,
        /// The JA3 fingerprint of the TLS hello.
        #[block]
        ja3_fingerprint: Option<Ja3Fingerprint> => one ja3_fingerprint set_ja3_fingerprint,
        /// The JA4 fingerprint of the TLS hello.
        #[block]
        ja4_fingerprint: Option<Ja4Fingerprint> => one ja4_fingerprint set_ja4_fingerprint,
        /// The body as JSON.
        #[block]
        json_body: Option<JsonBody> => one json_body set_json_body,
        /// The method, such as `POST`.
        #[block]
        method: Option<Empty> => (empty Method) method set_method,
        /// The query string.
        #[block]
        query_string: Option<Empty> => (empty QueryString) query_string set_query_string,
        /// One header.
        #[block]
        single_header: Option<SingleHeader> => one single_header set_single_header,
        /// One argument of the query string.
        #[block]
        single_query_argument: Option<SingleQueryArgument> => one single_query_argument set_single_query_argument,
        /// The part of the address after `#`.
        #[block]
        uri_fragment: Option<UriFragment> => one uri_fragment set_uri_fragment,
        /// The path of the address.
        #[block]
        uri_path: Option<Empty> => (empty UriPath) uri_path set_uri_path,
    }
}

wire! {
    /// The client's address from a header that a proxy wrote.
    ForwardedIp => try ForwardedIpConfig {
        /// What happens when the header holds no valid address: `MATCH` or `NO_MATCH`.
        #[attr(required, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: String => text fallback_behavior set_fallback_behavior,
        /// Name of the header, such as `X-Forwarded-For`.
        #[attr(required)]
        header_name: String => text header_name set_header_name,
    }
}

wire! {
    /// The client's address from a header that a proxy wrote, for a set of addresses.
    SetForwardedIp => try IpSetForwardedIpConfig {
        /// What happens when the header holds no valid address: `MATCH` or `NO_MATCH`.
        #[attr(required, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: String => text fallback_behavior set_fallback_behavior,
        /// Name of the header, such as `X-Forwarded-For`.
        #[attr(required)]
        header_name: String => text header_name set_header_name,
        /// Which address of the header counts: `FIRST`, `LAST` or `ANY`.
        #[attr(required, check = one_of!("FIRST", "LAST", "ANY"))]
        position: String => text position set_position,
    }
}

wire! {
    /// Part of what a rate is counted by: a header.
    KeyHeader => try RateLimitHeader {
        /// Name of the header.
        #[attr(required)]
        name: String => text name set_name,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Part of what a rate is counted by: a cookie.
    KeyCookie => try RateLimitCookie {
        /// Name of the cookie.
        #[attr(required)]
        name: String => text name set_name,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Part of what a rate is counted by: an argument of the query string.
    KeyQueryArgument => try RateLimitQueryArgument {
        /// Name of the argument.
        #[attr(required)]
        name: String => text name set_name,
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Part of what a rate is counted by: the query string.
    KeyQueryString => try RateLimitQueryString {
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Part of what a rate is counted by: the path.
    KeyUriPath => try RateLimitUriPath {
        /// Changes before it is looked at.
        #[block(required)]
        text_transformation: BTreeSet<TextTransformation> => many text_transformations set_text_transformations,
    }
}

wire! {
    /// Part of what a rate is counted by: labels of a namespace.
    KeyLabelNamespace => try RateLimitLabelNamespace {
        /// The namespace.
        #[attr(required)]
        namespace: String => text namespace set_namespace,
    }
}

wire! {
    /// Part of what a rate is counted by: the JA3 fingerprint.
    KeyJa3 => try RateLimitJa3Fingerprint {
        /// What happens without one: `MATCH` or `NO_MATCH`.
        #[attr(required, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: String => text fallback_behavior set_fallback_behavior,
    }
}

wire! {
    /// Part of what a rate is counted by: the JA4 fingerprint.
    KeyJa4 => try RateLimitJa4Fingerprint {
        /// What happens without one: `MATCH` or `NO_MATCH`.
        #[attr(required, check = one_of!("MATCH", "NO_MATCH"))]
        fallback_behavior: String => text fallback_behavior set_fallback_behavior,
    }
}

wire! {
    /// Part of what a rate is counted by.
    CustomKey => plain RateBasedStatementCustomKey {
        /// A cookie.
        #[block]
        cookie: Option<KeyCookie> => one cookie set_cookie,
        /// The client's address from a header.
        #[block]
        forwarded_ip: Option<Empty> => (empty RateLimitForwardedIp) forwarded_ip set_forwarded_ip,
        /// A header.
        #[block]
        header: Option<KeyHeader> => one header set_header,
        /// The method.
        #[block]
        http_method: Option<Empty> => (empty RateLimitHttpMethod) http_method set_http_method,
        /// The client's address.
        #[block]
        ip: Option<Empty> => (empty RateLimitIp) ip set_ip,
        /// The JA3 fingerprint.
        #[block]
        ja3_fingerprint: Option<KeyJa3> => one ja3_fingerprint set_ja3_fingerprint,
        /// The JA4 fingerprint.
        #[block]
        ja4_fingerprint: Option<KeyJa4> => one ja4_fingerprint set_ja4_fingerprint,
        /// Labels of a namespace.
        #[block]
        label_namespace: Option<KeyLabelNamespace> => one label_namespace set_label_namespace,
        /// An argument of the query string.
        #[block]
        query_argument: Option<KeyQueryArgument> => one query_argument set_query_argument,
        /// The query string.
        #[block]
        query_string: Option<KeyQueryString> => one query_string set_query_string,
        /// The path.
        #[block]
        uri_path: Option<KeyUriPath> => one uri_path set_uri_path,
    }
}

wire! {
    /// How long a solved puzzle counts.
    Immunity => try ImmunityTimeProperty {
        /// Seconds from 60 to 259,200.
        #[attr(optional, computed, check = between!(60, 259_200))]
        immunity_time: Option<i64> => (opt_or 300) immunity_time set_immunity_time,
    }
}
