//! What a listener or rule does with a request.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use cairn_derive::Model;
use cairn_model::check::arn;
use cairn_model::{Value, between, one_of};
use std::collections::{BTreeMap, BTreeSet};

/// One step of what is done with a request.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Action {
    /// What is done: `forward`, `redirect`, `fixed-response`, `authenticate-cognito` or `authenticate-oidc`.
    #[attr(required, name = "type", check = one_of!("forward", "redirect", "fixed-response", "authenticate-cognito", "authenticate-oidc"))]
    kind: String,
    /// Place among several steps, lowest first.
    #[attr(optional, computed, check = between!(1, 50_000))]
    order: Option<i32>,
    /// Target group that requests go to, when it is a single one.
    #[attr(optional, check = arn)]
    target_group_arn: Option<String>,
    /// Let users log in through Cognito.
    #[block]
    authenticate_cognito: Option<Cognito>,
    /// Let users log in through an OpenID provider.
    #[block]
    authenticate_oidc: Option<Oidc>,
    /// Answer at once.
    #[block]
    fixed_response: Option<FixedResponse>,
    /// Share requests among target groups.
    #[block]
    forward: Option<Forward>,
    /// Send the client elsewhere.
    #[block]
    redirect: Option<Redirect>,
}

/// Log in through Cognito.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Cognito {
    /// Further parameters of the log-in page's address.
    #[attr(optional)]
    authentication_request_extra_params: BTreeMap<String, String>,
    /// What is done with who has not logged in: `deny`, `allow` or `authenticate`.
    #[attr(optional, computed, check = one_of!("deny", "allow", "authenticate"))]
    on_unauthenticated_request: Option<String>,
    /// What is asked of the provider.
    #[attr(optional, computed)]
    scope: Option<String>,
    /// Name of the cookie.
    #[attr(optional, computed)]
    session_cookie_name: Option<String>,
    /// Seconds that a log-in counts.
    #[attr(optional, computed)]
    session_timeout: Option<i64>,
    /// ARN of the user pool.
    #[attr(required, check = arn)]
    user_pool_arn: String,
    /// Client of the user pool.
    #[attr(required)]
    user_pool_client_id: String,
    /// Domain of the user pool.
    #[attr(required)]
    user_pool_domain: String,
}

/// Log in through an OpenID provider.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Oidc {
    /// Further parameters of the log-in page's address.
    #[attr(optional)]
    authentication_request_extra_params: BTreeMap<String, String>,
    /// The provider's authorization endpoint.
    #[attr(required)]
    authorization_endpoint: String,
    /// Client at the provider.
    #[attr(required)]
    client_id: String,
    /// Secret of the client. AWS never gives it back: a change takes effect with the next other change of the block.
    #[attr(required, sensitive, config_only)]
    client_secret: Option<String>,
    /// The provider.
    #[attr(required)]
    issuer: String,
    /// What is done with who has not logged in: `deny`, `allow` or `authenticate`.
    #[attr(optional, computed, check = one_of!("deny", "allow", "authenticate"))]
    on_unauthenticated_request: Option<String>,
    /// What is asked of the provider.
    #[attr(optional, computed)]
    scope: Option<String>,
    /// Name of the cookie.
    #[attr(optional, computed)]
    session_cookie_name: Option<String>,
    /// Seconds that a log-in counts.
    #[attr(optional, computed)]
    session_timeout: Option<i64>,
    /// The provider's token endpoint.
    #[attr(required)]
    token_endpoint: String,
    /// The provider's user endpoint.
    #[attr(required)]
    user_info_endpoint: String,
}

/// An answer at once.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct FixedResponse {
    /// What the text is.
    #[attr(required, check = one_of!("text/plain", "text/css", "text/html", "application/javascript", "application/json"))]
    content_type: String,
    /// The text.
    #[attr(optional, check = cairn_model::length!(0, 1024))]
    message_body: Option<String>,
    /// Status: 2XX, 4XX or 5XX.
    #[attr(optional, computed)]
    status_code: Option<String>,
}

/// Requests shared among target groups.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Forward {
    /// Keep a client at one target group.
    #[block]
    stickiness: Option<ForwardStickiness>,
    /// A target group.
    #[block(required, max = 5)]
    target_group: BTreeSet<Target>,
}

/// A client kept at one target group.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct ForwardStickiness {
    /// Seconds.
    #[attr(required, check = between!(1, 604_800))]
    duration: i32,
    /// It counts.
    #[attr(default = false)]
    enabled: bool,
}

/// A target group and its share.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// ARN of the target group.
    #[attr(required, check = arn)]
    arn: String,
    /// Its share, from 0 to 999.
    #[attr(default = 1, check = between!(0, 999))]
    weight: i32,
}

/// The client sent elsewhere. `#{host}` and the like stand for what was asked for.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Redirect {
    /// Host.
    #[attr(default = "#{host}")]
    host: String,
    /// Path, beginning with `/`.
    #[attr(default = "/#{path}")]
    path: String,
    /// Port.
    #[attr(default = "#{port}")]
    port: String,
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    #[attr(default = "#{protocol}", check = one_of!("#{protocol}", "HTTP", "HTTPS"))]
    protocol: String,
    /// Query string, without `?`.
    #[attr(default = "#{query}")]
    query: String,
    /// `HTTP_301` or `HTTP_302`.
    #[attr(required, check = one_of!("HTTP_301", "HTTP_302"))]
    status_code: String,
}

/// Steps as AWS wants them. Several need an order; where the configuration names none it is theirs in the file.
pub fn send(actions: &[Action]) -> Vec<sdk::Action> {
    let several = actions.len() > 1;
    actions.iter().zip(1..).map(|(a, place)| a.send(a.order.or(several.then_some(place)))).collect()
}

/// Steps as AWS has them, in their order.
pub fn take(actions: Option<Vec<sdk::Action>>) -> Vec<Action> {
    let mut actions = actions.unwrap_or_default();
    actions.sort_by_key(|a| a.order.unwrap_or_default());
    actions.iter().zip(1..).map(|(a, place)| Action::take(a, place)).collect()
}

impl Action {
    fn send(&self, order: Option<i32>) -> sdk::Action {
        sdk::Action::builder()
            .r#type(self.kind.as_str().into())
            .set_order(order)
            .set_target_group_arn(self.target_group_arn.clone())
            .set_authenticate_cognito_config(self.authenticate_cognito.as_ref().map(Cognito::send))
            .set_authenticate_oidc_config(self.authenticate_oidc.as_ref().map(Oidc::send))
            .set_fixed_response_config(self.fixed_response.as_ref().map(|f| {
                sdk::FixedResponseActionConfig::builder()
                    .content_type(&f.content_type)
                    .set_message_body(f.message_body.clone())
                    .status_code(f.status_code.as_deref().unwrap_or("200"))
                    .build()
            }))
            .set_forward_config(self.forward.as_ref().map(|f| {
                let stickiness = f.stickiness.as_ref().map(|s| {
                    let duration = s.enabled.then_some(s.duration);
                    sdk::TargetGroupStickinessConfig::builder().enabled(s.enabled).set_duration_seconds(duration).build()
                });
                let target = |t: &Target| sdk::TargetGroupTuple::builder().target_group_arn(&t.arn).weight(t.weight).build();
                sdk::ForwardActionConfig::builder()
                    .set_target_groups(Some(f.target_group.iter().map(target).collect()))
                    .set_target_group_stickiness_config(stickiness)
                    .build()
            }))
            .set_redirect_config(self.redirect.as_ref().map(|r| {
                sdk::RedirectActionConfig::builder()
                    .host(&r.host)
                    .path(&r.path)
                    .port(&r.port)
                    .protocol(&r.protocol)
                    .query(&r.query)
                    .status_code(r.status_code.as_str().into())
                    .build()
            }))
            .build()
    }

    fn take(a: &sdk::Action, place: i32) -> Action {
        let (target_group_arn, forward) = take_forward(a);
        Action {
            kind: a.r#type.as_ref().map(|t| t.as_str().to_string()).unwrap_or_default(),
            order: a.order.filter(|o| *o > 0).or(Some(place)),
            target_group_arn,
            authenticate_cognito: a.authenticate_cognito_config.as_ref().map(Cognito::take),
            authenticate_oidc: a.authenticate_oidc_config.as_ref().map(Oidc::take),
            fixed_response: a.fixed_response_config.as_ref().map(|f| FixedResponse {
                content_type: f.content_type.clone().unwrap_or_default(),
                message_body: f.message_body.clone().filter(|b| !b.is_empty()),
                status_code: f.status_code.clone(),
            }),
            forward,
            redirect: a.redirect_config.as_ref().map(|r| {
                let or = |text: &Option<String>, default: &str| text.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| default.into());
                Redirect {
                    host: or(&r.host, "#{host}"),
                    path: or(&r.path, "/#{path}"),
                    port: or(&r.port, "#{port}"),
                    protocol: or(&r.protocol, "#{protocol}"),
                    // An empty query drops the one that was asked for.
                    query: r.query.clone().unwrap_or_else(|| "#{query}".into()),
                    status_code: r.status_code.as_ref().map(|s| s.as_str().to_string()).unwrap_or_default(),
                }
            }),
        }
    }
}

/// One target group without stickiness is `target_group_arn`, anything else `forward`: AWS answers with both for either.
fn take_forward(a: &sdk::Action) -> (Option<String>, Option<Forward>) {
    let Some(config) = &a.forward_config else { return (a.target_group_arn.clone(), None) };
    let targets = config.target_groups.iter().flatten();
    let targets: BTreeSet<Target> =
        targets.map(|t| Target { arn: t.target_group_arn.clone().unwrap_or_default(), weight: t.weight.unwrap_or(1) }).collect();
    let stickiness = config.target_group_stickiness_config.as_ref().filter(|s| s.enabled.unwrap_or_default());
    match (targets.first(), targets.len(), stickiness) {
        (Some(only), 1, None) => (Some(only.arn.clone()), None),
        (None, ..) => (a.target_group_arn.clone(), None),
        _ => {
            let stickiness = stickiness.map(|s| ForwardStickiness { duration: s.duration_seconds.unwrap_or_default(), enabled: true });
            (None, Some(Forward { stickiness, target_group: targets }))
        }
    }
}

/// The planned steps of a block in the form that they are read in: a `forward` of one target group as `target_group_arn`,
/// stickiness that does not count left out.
pub fn canonical(planned: Value, block: &str) -> Value {
    let Some(actions) = planned.get(block).and_then(Value::elements) else { return planned };
    let actions = actions.iter().map(|action| {
        let Some([forward]) = action.get("forward").and_then(Value::elements) else { return action.clone() };
        let Some(targets) = forward.get("target_group").and_then(Value::elements) else { return action.clone() };
        let sticky = match forward.get("stickiness").and_then(Value::elements) {
            Some([s]) => s.get("enabled").and_then(Value::as_bool) != Some(false),
            Some([]) | None => false,
            Some(_) => true,
        };
        match (targets, sticky) {
            ([only], false) => {
                let arn = only.get("arn").cloned().unwrap_or_else(Value::null);
                action.clone().with("target_group_arn", arn).with("forward", Value::list(Vec::new()))
            }
            (_, false) => {
                let forward = forward.clone().with("stickiness", Value::list(Vec::new()));
                action.clone().with("forward", Value::list(vec![forward])).with("target_group_arn", Value::null())
            }
            _ => action.clone().with("target_group_arn", Value::null()),
        }
    });
    let actions = Value::list(actions.collect());
    planned.with(block, actions)
}

impl Cognito {
    fn send(&self) -> sdk::AuthenticateCognitoActionConfig {
        sdk::AuthenticateCognitoActionConfig::builder()
            .set_authentication_request_extra_params(extra(&self.authentication_request_extra_params))
            .set_on_unauthenticated_request(self.on_unauthenticated_request.as_deref().map(Into::into))
            .set_scope(self.scope.clone())
            .set_session_cookie_name(self.session_cookie_name.clone())
            .set_session_timeout(self.session_timeout)
            .user_pool_arn(&self.user_pool_arn)
            .user_pool_client_id(&self.user_pool_client_id)
            .user_pool_domain(&self.user_pool_domain)
            .build()
    }

    fn take(c: &sdk::AuthenticateCognitoActionConfig) -> Cognito {
        Cognito {
            authentication_request_extra_params: c.authentication_request_extra_params.clone().unwrap_or_default().into_iter().collect(),
            on_unauthenticated_request: c.on_unauthenticated_request.as_ref().map(|b| b.as_str().to_string()),
            scope: c.scope.clone(),
            session_cookie_name: c.session_cookie_name.clone(),
            session_timeout: c.session_timeout,
            user_pool_arn: c.user_pool_arn.clone().unwrap_or_default(),
            user_pool_client_id: c.user_pool_client_id.clone().unwrap_or_default(),
            user_pool_domain: c.user_pool_domain.clone().unwrap_or_default(),
        }
    }
}

impl Oidc {
    fn send(&self) -> sdk::AuthenticateOidcActionConfig {
        sdk::AuthenticateOidcActionConfig::builder()
            .set_authentication_request_extra_params(extra(&self.authentication_request_extra_params))
            .authorization_endpoint(&self.authorization_endpoint)
            .client_id(&self.client_id)
            .set_client_secret(self.client_secret.clone())
            .issuer(&self.issuer)
            .set_on_unauthenticated_request(self.on_unauthenticated_request.as_deref().map(Into::into))
            .set_scope(self.scope.clone())
            .set_session_cookie_name(self.session_cookie_name.clone())
            .set_session_timeout(self.session_timeout)
            .token_endpoint(&self.token_endpoint)
            .user_info_endpoint(&self.user_info_endpoint)
            .build()
    }

    fn take(o: &sdk::AuthenticateOidcActionConfig) -> Oidc {
        Oidc {
            authentication_request_extra_params: o.authentication_request_extra_params.clone().unwrap_or_default().into_iter().collect(),
            authorization_endpoint: o.authorization_endpoint.clone().unwrap_or_default(),
            client_id: o.client_id.clone().unwrap_or_default(),
            client_secret: None,
            issuer: o.issuer.clone().unwrap_or_default(),
            on_unauthenticated_request: o.on_unauthenticated_request.as_ref().map(|b| b.as_str().to_string()),
            scope: o.scope.clone(),
            session_cookie_name: o.session_cookie_name.clone(),
            session_timeout: o.session_timeout,
            token_endpoint: o.token_endpoint.clone().unwrap_or_default(),
            user_info_endpoint: o.user_info_endpoint.clone().unwrap_or_default(),
        }
    }
}

fn extra(params: &BTreeMap<String, String>) -> Option<std::collections::HashMap<String, String>> {
    (!params.is_empty()).then(|| params.clone().into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_model::model::Model;

    fn forward(targets: &[(&str, i32)], stickiness: Option<ForwardStickiness>) -> Action {
        Action {
            kind: "forward".into(),
            order: None,
            target_group_arn: None,
            authenticate_cognito: None,
            authenticate_oidc: None,
            fixed_response: None,
            forward: Some(Forward {
                stickiness,
                target_group: targets.iter().map(|(a, w)| Target { arn: (*a).into(), weight: *w }).collect(),
            }),
            redirect: None,
        }
    }

    fn planned(action: &Action) -> Value {
        Value::object_of([("action", Value::list(vec![action.to_object()]))])
    }

    #[test]
    fn what_is_planned_is_read_back_the_same() {
        let sticky = |enabled| Some(ForwardStickiness { duration: 60, enabled });
        for action in [
            forward(&[("a", 1)], None),
            forward(&[("a", 7)], sticky(false)),
            forward(&[("a", 1)], sticky(true)),
            forward(&[("a", 1), ("b", 9)], None),
            forward(&[("a", 1), ("b", 9)], sticky(false)),
            forward(&[("a", 1), ("b", 9)], sticky(true)),
        ] {
            let want = canonical(planned(&action), "action");
            let read = Action { order: None, ..take(Some(send(std::slice::from_ref(&action)))).remove(0) };
            assert_eq!(planned(&read), want, "{action:?}");
        }
    }
}
