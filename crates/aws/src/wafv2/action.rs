//! What is done with a request that matches.

use crate::wire::{Empty, wire};
use aws_sdk_wafv2::types;
use cairn_model::between;
use std::collections::BTreeSet;

wire! {
    /// A header by name and value.
    Header => try CustomHttpHeader {
        /// Its name.
        #[attr(required)]
        name: String => text name set_name,
        /// Its value.
        #[attr(required)]
        value: String => text value set_value,
    }
}

wire! {
    /// What is added to a request that goes on.
    RequestHandling => try CustomRequestHandling {
        /// Headers to add; AWS puts `x-amzn-waf-` before their names.
        #[block(required)]
        insert_header: BTreeSet<Header> => many insert_headers set_insert_headers,
    }
}

wire! {
    /// What a refused client is answered.
    Response => try CustomResponse {
        /// Key of one of the web ACL's bodies.
        #[attr(optional)]
        custom_response_body_key: Option<String> => text_opt custom_response_body_key set_custom_response_body_key,
        /// Status of the answer.
        #[attr(required, check = between!(200, 599))]
        response_code: i32 => plain response_code set_response_code,
        /// Headers of the answer.
        #[block]
        response_header: BTreeSet<Header> => many_opt response_headers set_response_headers,
    }
}

wire! {
    /// Let it through.
    Allow => plain AllowAction {
        /// What is added to the request.
        #[block]
        custom_request_handling: Option<RequestHandling> => one custom_request_handling set_custom_request_handling,
    }
}

wire! {
    /// Refuse it.
    Block => plain BlockAction {
        /// What the client is answered.
        #[block]
        custom_response: Option<Response> => one custom_response set_custom_response,
    }
}

wire! {
    /// Only count it.
    Count => plain CountAction {
        /// What is added to the request.
        #[block]
        custom_request_handling: Option<RequestHandling> => one custom_request_handling set_custom_request_handling,
    }
}

wire! {
    /// Let a person solve a puzzle.
    Captcha => plain CaptchaAction {
        /// What is added to the request.
        #[block]
        custom_request_handling: Option<RequestHandling> => one custom_request_handling set_custom_request_handling,
    }
}

wire! {
    /// Let a browser prove that it is one.
    Challenge => plain ChallengeAction {
        /// What is added to the request.
        #[block]
        custom_request_handling: Option<RequestHandling> => one custom_request_handling set_custom_request_handling,
    }
}

wire! {
    /// What a rule does. One of these stands.
    RuleAction => plain RuleAction {
        /// Let it through.
        #[block]
        allow: Option<Allow> => one allow set_allow,
        /// Refuse it.
        #[block]
        block: Option<Block> => one block set_block,
        /// Let a person solve a puzzle.
        #[block]
        captcha: Option<Captcha> => one captcha set_captcha,
        /// Let a browser prove that it is one.
        #[block]
        challenge: Option<Challenge> => one challenge set_challenge,
        /// Only count it.
        #[block]
        count: Option<Count> => one count set_count,
    }
}

wire! {
    /// What is done instead of what one rule of a group says.
    RuleActionOverride => try RuleActionOverride {
        /// Name of the rule inside the group.
        #[attr(required)]
        name: String => text name set_name,
        /// What is done.
        #[block(required)]
        action_to_use: Option<RuleAction> => one action_to_use set_action_to_use,
    }
}

wire! {
    /// What is done instead of what a whole group says. One of these stands.
    OverrideAction => plain OverrideAction {
        /// Only count.
        #[block]
        count: Option<Empty> => (empty CountAction) count set_count,
        /// What the group says.
        #[block]
        none: Option<Empty> => (empty NoneAction) none set_none,
    }
}

wire! {
    /// What is done with what no rule decides. One of these stands.
    DefaultAction => plain DefaultAction {
        /// Let it through.
        #[block]
        allow: Option<Allow> => one allow set_allow,
        /// Refuse it.
        #[block]
        block: Option<Block> => one block set_block,
    }
}
