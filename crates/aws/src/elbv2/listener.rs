//! `aws_lb_listener`.

use super::action::{self, Action, canonical};
use super::load_balancer::owned;
use super::{Attributes, PAGE, SIDE_BY_SIDE, made, tags_of, text, to_tags, whole_of};
use crate::acm::certificate::issued;
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_elasticloadbalancingv2::types::{self, Certificate, ListenerAttribute, MutualAuthenticationAttributes};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::{Parent, Refusal};
use cairn_model::check::arn;
use cairn_model::{Type, Value, between, one_of};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Certificates of clients. A block with `mode = "off"` is the same as none.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MutualAuthentication {
    /// Tell clients whose certificates are taken: `on` or `off`.
    #[attr(optional, computed, check = one_of!("on", "off"))]
    advertise_trust_store_ca_names: Option<String>,
    /// Take certificates that have expired.
    #[attr(default = false)]
    ignore_client_certificate_expiry: bool,
    /// `off`, `passthrough` or `verify`.
    #[attr(required, check = one_of!("off", "passthrough", "verify"))]
    mode: String,
    /// ARN of the trust store, for `verify`.
    #[attr(optional)]
    trust_store_arn: Option<String>,
}

/// Declares the listener with the arguments that are attributes in AWS.
macro_rules! listener {
    ($($(#[$doc:meta])* $field:ident => $key:literal,)*) => {
        /// Where a load balancer listens, and what it does with what no rule takes.
        #[derive(Model, Clone, Debug, PartialEq)]
        #[resource(name = "aws_lb_listener", tags, timeouts = "create update", unsupported_blocks = "default_action.jwt_validation")]
        pub struct Listener {
            /// ARN of the load balancer.
            #[attr(required, force_new, key, check = arn)]
            load_balancer_arn: String,
            /// Port.
            #[attr(optional, key, check = between!(1, 65_535))]
            port: Option<i32>,
            /// `HTTP` or `HTTPS`; `TCP`, `TLS`, `UDP` or `TCP_UDP` for a network load balancer.
            #[attr(optional, computed, check = one_of!("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"))]
            protocol: Option<String>,
            /// Which protocol of the application is chosen inside TLS, for TLS listeners.
            #[attr(optional, check = one_of!("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"))]
            alpn_policy: Option<String>,
            /// ARN of the certificate, for HTTPS and TLS.
            #[attr(optional, check = arn)]
            certificate_arn: Option<String>,
            /// Versions and ciphers of TLS that are taken, for HTTPS and TLS.
            #[attr(optional, computed)]
            ssl_policy: Option<String>,
            /// Seconds that an idle TCP connection is kept (network load balancers).
            #[attr(optional, computed, check = between!(60, 6000))]
            tcp_idle_timeout_seconds: Option<i64>,
            /// Send the `server` header.
            #[attr(optional, computed)]
            routing_http_response_server_enabled: Option<bool>,
            $($(#[$doc])* #[attr(optional, computed)] $field: Option<String>,)*
            /// ARN of the listener.
            #[attr(computed)]
            arn: Option<String>,
            /// What is done with what no rule takes.
            #[block(required, max = 0)]
            default_action: Vec<Action>,
            /// Certificates of clients.
            #[block]
            mutual_authentication: Option<MutualAuthentication>,
        }

        impl Listener {
            /// The attributes of the arguments that `needed` names.
            fn attributes(&self, needed: impl Fn(&str) -> bool) -> Attributes {
                let all = [
                    ("tcp_idle_timeout_seconds", TCP_IDLE, self.tcp_idle_timeout_seconds.map(|n| n.to_string())),
                    ("routing_http_response_server_enabled", SERVER, self.routing_http_response_server_enabled.map(|b| b.to_string())),
                    $((stringify!($field), $key, self.$field.clone()),)*
                ];
                all.into_iter().filter(|(name, ..)| needed(name)).filter_map(|(_, key, value)| Some((key.to_string(), value?))).collect()
            }

            /// The same listener with the arguments that are attributes.
            fn with(self, a: &Attributes) -> Listener {
                Listener {
                    tcp_idle_timeout_seconds: text(a, TCP_IDLE).and_then(|v| v.parse().ok()),
                    routing_http_response_server_enabled: text(a, SERVER).map(|v| v == "true"),
                    $($field: text(a, $key),)*
                    ..self
                }
            }

            /// A listener without any.
            fn bare(load_balancer_arn: String) -> Listener {
                Listener {
                    load_balancer_arn,
                    port: None,
                    protocol: None,
                    alpn_policy: None,
                    certificate_arn: None,
                    ssl_policy: None,
                    tcp_idle_timeout_seconds: None,
                    routing_http_response_server_enabled: None,
                    $($field: None,)*
                    arn: None,
                    default_action: Vec::new(),
                    mutual_authentication: None,
                }
            }
        }
    };
}

const TCP_IDLE: &str = "tcp.idle_timeout.seconds";
const SERVER: &str = "routing.http.response.server.enabled";

listener! {
    /// Name of the header with the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_header_name => "routing.http.request.x_amzn_mtls_clientcert.header_name",
    /// Name of the header with the issuer of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_issuer_header_name => "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
    /// Name of the header with the leaf of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_leaf_header_name => "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
    /// Name of the header with the serial number of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name => "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
    /// Name of the header with the subject of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_subject_header_name => "routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
    /// Name of the header with the validity of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_validity_header_name => "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
    /// Name of the header with the cipher.
    routing_http_request_x_amzn_tls_cipher_suite_header_name => "routing.http.request.x_amzn_tls_cipher_suite.header_name",
    /// Name of the header with the TLS version.
    routing_http_request_x_amzn_tls_version_header_name => "routing.http.request.x_amzn_tls_version.header_name",
    /// `access-control-allow-credentials` of answers.
    routing_http_response_access_control_allow_credentials_header_value => "routing.http.response.access_control_allow_credentials.header_value",
    /// `access-control-allow-headers` of answers.
    routing_http_response_access_control_allow_headers_header_value => "routing.http.response.access_control_allow_headers.header_value",
    /// `access-control-allow-methods` of answers.
    routing_http_response_access_control_allow_methods_header_value => "routing.http.response.access_control_allow_methods.header_value",
    /// `access-control-allow-origin` of answers.
    routing_http_response_access_control_allow_origin_header_value => "routing.http.response.access_control_allow_origin.header_value",
    /// `access-control-expose-headers` of answers.
    routing_http_response_access_control_expose_headers_header_value => "routing.http.response.access_control_expose_headers.header_value",
    /// `access-control-max-age` of answers.
    routing_http_response_access_control_max_age_header_value => "routing.http.response.access_control_max_age.header_value",
    /// `content-security-policy` of answers.
    routing_http_response_content_security_policy_header_value => "routing.http.response.content_security_policy.header_value",
    /// `strict-transport-security` of answers.
    routing_http_response_strict_transport_security_header_value => "routing.http.response.strict_transport_security.header_value",
    /// `x-content-type-options` of answers.
    routing_http_response_x_content_type_options_header_value => "routing.http.response.x_content_type_options.header_value",
    /// `x-frame-options` of answers.
    routing_http_response_x_frame_options_header_value => "routing.http.response.x_frame_options.header_value",
}

impl Listener {
    fn is_encrypted(&self) -> bool {
        matches!(self.protocol.as_deref(), Some("HTTPS" | "TLS"))
    }

    fn certificates(&self) -> Option<Vec<Certificate>> {
        self.certificate_arn.as_ref().map(|arn| vec![Certificate::builder().certificate_arn(arn).build()])
    }

    fn mutual(&self) -> Option<MutualAuthenticationAttributes> {
        self.mutual_authentication.as_ref().map(|m| {
            let verify = m.mode == "verify";
            MutualAuthenticationAttributes::builder()
                .mode(&m.mode)
                .set_trust_store_arn(m.trust_store_arn.clone())
                .set_ignore_client_certificate_expiry(verify.then_some(m.ignore_client_certificate_expiry))
                .set_advertise_trust_store_ca_names(m.advertise_trust_store_ca_names.as_deref().filter(|_| verify).map(Into::into))
                .build()
        })
    }
}

impl Resource for Listener {
    const CONSOLE: Option<&'static str> =
        Some("ec2/home?region={region}#ELBListenerV2:loadBalancerArn={load_balancer_arn:raw};listenerArn={arn:raw}");
    const SERVICE: &'static str = "elasticloadbalancing";
    const INDEX: Option<(&'static str, &'static str)> = Some(("elasticloadbalancing", "listener/"));
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_lb", attribute: "load_balancer_arn", names: "arn", inline: None }];
    const EFFECTS: Effects = Effects {
        serves: Some("requests to its port"),
        in_place: &[
            InPlace {
                arguments: &["port", "protocol"],
                does: Does::Interrupts,
                what: "requests to the old port or protocol",
                when: impact::always,
                source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
            },
            InPlace {
                arguments: &["ssl_policy"],
                does: Does::MayInterrupt,
                what: "clients that know none of the new ciphers and protocols",
                when: impact::always,
                source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
            },
        ],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &[
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeListenerAttributes",
        ],
        create: &[
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:ModifyListenerAttributes",
            "elasticloadbalancing:AddTags",
            "acm:DescribeCertificate",
            "cognito-idp:DescribeUserPoolClient",
        ],
        update: &[
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyListenerAttributes",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
            "acm:DescribeCertificate",
        ],
        delete: &["elasticloadbalancing:DeleteListener"],
        read_cost: "1 per load balancer, 1 per 20 listeners for tags, and 1 per listener: DescribeListeners takes one load balancer, DescribeListenerAttributes one listener",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] =
        &[("default_action.authenticate_oidc.client_secret", "AWS never gives the secret back")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Listener>>, Failure> {
        let listeners = match scope.only() {
            Some(arn) => {
                let call = aws.elbv2.describe_listeners().listener_arns(arn).send().await;
                absent(call.map_err(failed("elasticloadbalancing:DescribeListeners")))?.and_then(|a| a.listeners).unwrap_or_default()
            }
            None => {
                let mut balancers = owned(aws, scope).await?;
                balancers.extend(scope.wanted_texts("load_balancer_arn"));
                balancers.extend(scope.indexed::<Listener>(aws).await?.iter().filter_map(|arn| whole_of(arn)));
                let read = stream::iter(balancers.into_iter().collect::<Vec<_>>()).map(|lb| of_balancer(aws, lb));
                let read: Vec<Vec<types::Listener>> = read.buffered(SIDE_BY_SIDE).try_collect().await?;
                read.into_iter().flatten().collect()
            }
        };
        let arns: Vec<String> = listeners.iter().filter_map(|l| l.listener_arn.clone()).collect();
        let mut tags = tags_of(aws, &arns).await?;
        let tagged = listeners.into_iter().filter_map(|l| tags.remove(l.listener_arn()?).map(|t| (l, t)));
        let chosen: Vec<_> = match scope.only() {
            Some(_) => tagged.collect(),
            None => {
                // Of somebody else's load balancer only what is the stack's, or in its way.
                let ours = owned(aws, scope).await?;
                let wanted: BTreeSet<(String, i64)> = scope
                    .wanted()
                    .iter()
                    .filter_map(|w| Some((w.config.get_str("load_balancer_arn")?.to_string(), w.config.get("port")?.as_i64()?)))
                    .collect();
                let counts = |l: &types::Listener, tags: &Tags| {
                    let lb = l.load_balancer_arn.clone().unwrap_or_default();
                    ours.contains(&lb) || scope.owns(tags) || wanted.contains(&(lb, i64::from(l.port.unwrap_or_default())))
                };
                tagged.filter(|(l, t)| counts(l, t)).collect()
            }
        };
        let read = stream::iter(chosen).map(|(l, tags)| one(aws, l, tags));
        let read: Vec<Option<Found<Listener>>> = read.buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Listener, making: &Making<'_>) -> Result<String, Failure> {
        ready(aws, want, making.run).await?;
        // An application load balancer needs a protocol said, a gateway has none.
        let default = want.load_balancer_arn.contains(":loadbalancer/app/").then_some("HTTP");
        let request = aws
            .elbv2
            .create_listener()
            .load_balancer_arn(&want.load_balancer_arn)
            .set_port(want.port)
            .set_protocol(want.protocol.as_deref().or(default).map(Into::into))
            .set_ssl_policy(want.ssl_policy.clone())
            .set_certificates(want.certificates())
            .set_alpn_policy(want.alpn_policy.clone().map(|p| vec![p]))
            .set_mutual_authentication(want.mutual())
            .set_default_actions(Some(action::send(&want.default_action)))
            .set_tags(Some(to_tags(&making.tags)));
        let answer = wait::while_failing(making.run, "the certificate to be known", KNOWN_WITHIN, unknown_certificate, || async {
            once!(aws_sdk_elasticloadbalancingv2, request.clone()).await.map_err(failed("elasticloadbalancing:CreateListener"))
        })
        .await?;
        let arn = answer
            .listeners
            .and_then(|l| l.into_iter().next())
            .and_then(|l| l.listener_arn)
            .ok_or_else(|| missing("elasticloadbalancing:CreateListener", "ListenerArn"))?;
        made(aws, &arn, &making.stack).await?;
        set_attributes(aws, &arn, want.attributes(|_| true)).await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, have: &Found<Listener>, want: &Listener, changing: &Changing<'_>) -> Result<(), Failure> {
        if changing.any(&["port", "protocol", "ssl_policy", "certificate_arn", "alpn_policy", "mutual_authentication", "default_action"]) {
            if changing.any(&["certificate_arn"]) {
                ready(aws, want, changing.run).await?;
            }
            // What is not sent stays as it is, but for what a change of the protocol takes away.
            let encrypted = want.is_encrypted();
            let off = || MutualAuthenticationAttributes::builder().mode("off").build();
            let mutual = want.mutual().or_else(|| have.value.mutual_authentication.as_ref().map(|_| off())).filter(|_| encrypted);
            let alpn = want.alpn_policy.clone().or_else(|| have.value.alpn_policy.as_ref().map(|_| "None".to_string()));
            let request = aws
                .elbv2
                .modify_listener()
                .listener_arn(&have.id)
                .set_port(want.port)
                .set_protocol(want.protocol.as_deref().map(Into::into))
                .set_ssl_policy(want.ssl_policy.clone().filter(|_| encrypted && changing.any(&["protocol", "ssl_policy"])))
                .set_certificates(want.certificates().filter(|_| encrypted && changing.any(&["protocol", "certificate_arn"])))
                .set_alpn_policy(alpn.filter(|_| want.protocol.as_deref() == Some("TLS")).map(|p| vec![p]))
                .set_mutual_authentication(mutual.filter(|_| changing.any(&["mutual_authentication"])))
                .set_default_actions(changing.any(&["default_action"]).then(|| action::send(&want.default_action)));
            wait::while_failing(changing.run, "the certificate to be known", KNOWN_WITHIN, unknown_certificate, || async {
                request.clone().send().await.map_err(failed("elasticloadbalancing:ModifyListener"))
            })
            .await?;
        }
        let mut attributes = want.attributes(|argument| changing.any(&[argument]));
        // Header values that are taken away are set to nothing.
        for (key, _) in have.value.attributes(|argument| changing.any(&[argument])) {
            attributes.entry(key).or_default();
        }
        set_attributes(aws, &have.id, attributes).await
    }

    async fn delete(aws: &Aws, have: &Found<Listener>, _: &Removing<'_, Listener>) -> Result<(), Failure> {
        gone(aws.elbv2.delete_listener().listener_arn(&have.id).send().await.map_err(failed("elasticloadbalancing:DeleteListener")))
    }

    async fn tag(aws: &Aws, have: &Found<Listener>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: &str| refusals.push(Refusal { attribute: attribute.into(), message: message.into() });
        let mut planned = canonical(planned, "default_action");
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        if let Some(protocol) = planned.get_str("protocol") {
            let encrypted = ["HTTPS", "TLS"].contains(&protocol);
            if encrypted && !set("certificate_arn") {
                refuse("certificate_arn", "is missing: an HTTPS or TLS listener needs a certificate");
            }
            for argument in ["certificate_arn", "ssl_policy", "alpn_policy"] {
                if !encrypted && set(argument) {
                    refuse(argument, "is for an HTTPS or TLS listener only");
                }
            }
        }
        if let Some([mutual]) = planned.get("mutual_authentication").and_then(Value::elements) {
            match mutual.get_str("mode") {
                Some("off") => planned = planned.with("mutual_authentication", Value::list(Vec::new())),
                Some("verify") if mutual.get("trust_store_arn").is_none_or(Value::is_null) => {
                    refuse("mutual_authentication", "needs a `trust_store_arn` for the mode \"verify\"");
                }
                _ => {}
            }
        }
        // AWS chooses a policy when encryption begins, and drops it when it ends.
        let protocol_changes = live.is_some_and(|l| l.get("protocol") != planned.get("protocol"));
        if protocol_changes && !set("ssl_policy") {
            planned = planned.with("ssl_policy", Value::unknown(Type::String));
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

/// How long ELB may take to learn of a certificate.
const KNOWN_WITHIN: Duration = Duration::from_secs(120);

fn unknown_certificate(failure: &Failure) -> bool {
    failure.code.contains("CertificateNotFound")
}

/// Waits until the certificate is issued: with one that is not, AWS refuses the listener (`UnsupportedCertificate`).
async fn ready(aws: &Aws, want: &Listener, run: Run<'_>) -> Result<(), Failure> {
    match &want.certificate_arn {
        Some(arn) => issued(aws, arn, run).await,
        None => Ok(()),
    }
}

async fn of_balancer(aws: &Aws, balancer: String) -> Result<Vec<types::Listener>, Failure> {
    let mut pages = aws.elbv2.describe_listeners().load_balancer_arn(balancer).page_size(PAGE).into_paginator().send();
    let mut listeners = Vec::new();
    while let Some(page) = pages.next().await {
        match absent(page.map_err(failed("elasticloadbalancing:DescribeListeners")))? {
            Some(page) => listeners.extend(page.listeners.unwrap_or_default()),
            None => break,
        }
    }
    Ok(listeners)
}

async fn set_attributes(aws: &Aws, arn: &str, attributes: BTreeMap<String, String>) -> Result<(), Failure> {
    if attributes.is_empty() {
        return Ok(());
    }
    let attributes = attributes.iter().map(|(k, v)| ListenerAttribute::builder().key(k).value(v).build()).collect();
    let call = aws.elbv2.modify_listener_attributes().listener_arn(arn).set_attributes(Some(attributes));
    call.send().await.map_err(failed("elasticloadbalancing:ModifyListenerAttributes")).map(|_| ())
}

async fn one(aws: &Aws, l: types::Listener, tags: Tags) -> Result<Option<Found<Listener>>, Failure> {
    let arn = l.listener_arn.unwrap_or_default();
    let call = aws.elbv2.describe_listener_attributes().listener_arn(&arn).send().await;
    let Some(answer) = absent(call.map_err(failed("elasticloadbalancing:DescribeListenerAttributes")))? else { return Ok(None) };
    let pairs = answer.attributes.unwrap_or_default();
    let attributes: Attributes = pairs.into_iter().map(|a| (a.key.unwrap_or_default(), a.value.unwrap_or_default())).collect();
    let balancer = l.load_balancer_arn.unwrap_or_default();
    let certificates = l.certificates.unwrap_or_default();
    let mutual = l.mutual_authentication.filter(|m| m.mode().is_some_and(|mode| mode != "off"));
    let value = Listener {
        port: l.port,
        protocol: l.protocol.map(|p| p.as_str().to_string()),
        alpn_policy: l.alpn_policy.and_then(|p| p.into_iter().next()),
        certificate_arn: certificates.into_iter().find_map(|c| c.certificate_arn),
        ssl_policy: l.ssl_policy.filter(|p| !p.is_empty()),
        arn: Some(arn.clone()),
        default_action: action::take(l.default_actions),
        mutual_authentication: mutual.map(|m| MutualAuthentication {
            advertise_trust_store_ca_names: m.advertise_trust_store_ca_names.map(|a| a.as_str().to_string()),
            ignore_client_certificate_expiry: m.ignore_client_certificate_expiry.unwrap_or_default(),
            mode: m.mode.unwrap_or_default(),
            trust_store_arn: m.trust_store_arn.filter(|t| !t.is_empty()),
        }),
        ..Listener::bare(balancer.clone())
    };
    Ok(Some(Found::part(arn, value.with(&attributes), tags, "aws_lb", balancer)))
}
