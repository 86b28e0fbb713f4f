//! `aws_wafv2_web_acl`.

use super::action::{DefaultAction, OverrideAction, RuleAction};
use super::field::Immunity;
use super::statement::Statement;
use super::{tags_of, to_tags, when_spread};
use crate::client::Aws;
use crate::failure::{absent, failed, missing};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use crate::wire::{Wire, sent, unbuilt, wire};
use aws_sdk_wafv2::operation::get_web_acl::GetWebAclOutput;
use aws_sdk_wafv2::types::{self, AssociatedResourceType, RequestBodyAssociatedResourceTypeConfig, Scope as AclScope, WebAclSummary};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use cairn_model::{Value, length, one_of};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

wire! {
    /// How long a solved puzzle counts.
    CaptchaConfig => plain CaptchaConfig {
        /// The time.
        #[block]
        immunity_time_property: Option<Immunity> => one immunity_time_property set_immunity_time_property,
    }
}

wire! {
    /// How long a proof of being a browser counts.
    ChallengeConfig => plain ChallengeConfig {
        /// The time.
        #[block]
        immunity_time_property: Option<Immunity> => one immunity_time_property set_immunity_time_property,
    }
}

wire! {
    /// What is measured and kept.
    Visibility => try VisibilityConfig {
        /// Write metrics.
        #[attr(required)]
        cloudwatch_metrics_enabled: bool => plain cloud_watch_metrics_enabled set_cloud_watch_metrics_enabled,
        /// Name of the metric.
        #[attr(required, check = length!(1, 255))]
        metric_name: String => text metric_name set_metric_name,
        /// Keep samples of matching requests.
        #[attr(required)]
        sampled_requests_enabled: bool => plain sampled_requests_enabled set_sampled_requests_enabled,
    }
}

wire! {
    /// A label that a rule puts on what it matches.
    RuleLabel => try Label {
        /// The label.
        #[attr(required)]
        name: String => text name set_name,
    }
}

wire! {
    /// A rule.
    Rule => try Rule {
        /// Its name, once in the web ACL.
        #[attr(required, check = length!(1, 128))]
        name: String => text name set_name,
        /// Its place in the order, lowest first; once in the web ACL.
        #[attr(required)]
        priority: i32 => plain priority set_priority,
        /// What it does with what matches; not for a group.
        #[block]
        action: Option<RuleAction> => one action set_action,
        /// How long a solved puzzle counts.
        #[block]
        captcha_config: Option<CaptchaConfig> => one captcha_config set_captcha_config,
        /// How long a proof of being a browser counts.
        #[block]
        challenge_config: Option<ChallengeConfig> => one challenge_config set_challenge_config,
        /// What is done instead of what a group says.
        #[block]
        override_action: Option<OverrideAction> => one override_action set_override_action,
        /// Labels that it puts on what matches.
        #[block]
        rule_label: BTreeSet<RuleLabel> => many_opt rule_labels set_rule_labels,
        /// What it looks for.
        #[block(required)]
        statement: Option<Statement> => one statement set_statement,
        /// What is measured and kept.
        #[block(required)]
        visibility_config: Option<Visibility> => one visibility_config set_visibility_config,
    }
}

/// An answer that rules can give.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResponseBody {
    /// The text.
    #[attr(required, check = length!(1, 10_240))]
    pub content: String,
    /// What it is: `TEXT_PLAIN`, `TEXT_HTML` or `APPLICATION_JSON`.
    #[attr(required, check = one_of!("TEXT_PLAIN", "TEXT_HTML", "APPLICATION_JSON"))]
    pub content_type: String,
    /// Name that rules know it by.
    #[attr(required, check = length!(1, 128))]
    pub key: String,
}

wire! {
    /// How much of the body of a request to one kind of resource is looked at.
    BodyLimit => try RequestBodyAssociatedResourceTypeConfig {
        /// `KB_16`, `KB_32`, `KB_48` or `KB_64`.
        #[attr(required, check = one_of!("KB_16", "KB_32", "KB_48", "KB_64"))]
        default_size_inspection_limit: String => text default_size_inspection_limit set_default_size_inspection_limit,
    }
}

/// How much of a body is looked at, by kind of resource.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestBody {
    /// API Gateway.
    #[block]
    api_gateway: Option<BodyLimit>,
    /// App Runner.
    #[block]
    app_runner_service: Option<BodyLimit>,
    /// CloudFront.
    #[block]
    cloudfront: Option<BodyLimit>,
    /// Cognito.
    #[block]
    cognito_user_pool: Option<BodyLimit>,
    /// Verified Access.
    #[block]
    verified_access_instance: Option<BodyLimit>,
}

impl RequestBody {
    fn by_type(&self) -> [(AssociatedResourceType, &Option<BodyLimit>); 5] {
        [
            (AssociatedResourceType::ApiGateway, &self.api_gateway),
            (AssociatedResourceType::AppRunnerService, &self.app_runner_service),
            (AssociatedResourceType::Cloudfront, &self.cloudfront),
            (AssociatedResourceType::CognitoUserPool, &self.cognito_user_pool),
            (AssociatedResourceType::VerifiedAccessInstance, &self.verified_access_instance),
        ]
    }
}

/// How the web ACL works with what it guards.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssociationConfig {
    /// How much of a body is looked at.
    #[block]
    request_body: Vec<RequestBody>,
}

wire! {
    /// A part of requests that is kept out of logs.
    ProtectedField => try FieldToProtect {
        /// Names, for headers, cookies and arguments.
        #[attr(optional)]
        field_keys: Vec<String> => texts_opt field_keys set_field_keys,
        /// The kind of part, such as `SINGLE_HEADER` or `BODY`.
        #[attr(required, check = one_of!("SINGLE_HEADER", "SINGLE_COOKIE", "SINGLE_QUERY_ARGUMENT", "QUERY_STRING", "BODY"))]
        field_type: String => text field_type set_field_type,
    }
}

wire! {
    /// A protection of data in logs.
    DataProtection => try DataProtection {
        /// What is done with it: `SUBSTITUTION` or `HASH`.
        #[attr(required, check = one_of!("SUBSTITUTION", "HASH"))]
        action: String => text action set_action,
        /// Leave the details of rate-based rules as they are.
        #[attr(default = false)]
        exclude_rate_based_details: bool => plain exclude_rate_based_details set_exclude_rate_based_details,
        /// Leave the details of matching rules as they are.
        #[attr(default = false)]
        exclude_rule_match_details: bool => plain exclude_rule_match_details set_exclude_rule_match_details,
        /// The part of requests.
        #[block(required)]
        field: Option<ProtectedField> => one field set_field,
    }
}

wire! {
    /// What is kept out of logs.
    DataProtectionConfig => try DataProtectionConfig {
        /// A protection.
        #[block(max = 26)]
        data_protection: Vec<DataProtection> => many data_protections set_data_protections,
    }
}

/// A web access control list: rules that decide which requests reach a load balancer or distribution.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_wafv2_web_acl",
    tags,
    unsupported = "rule_json rule.statement.managed_rule_group_statement.managed_rule_group_configs.login_path rule.statement.managed_rule_group_statement.managed_rule_group_configs.payload_type",
    unsupported_blocks = "rule.statement.managed_rule_group_statement.managed_rule_group_configs.password_field rule.statement.managed_rule_group_statement.managed_rule_group_configs.username_field"
)]
pub struct WebAcl {
    /// Name, once in the account, region and scope.
    #[attr(optional, computed, force_new, key, check = length!(1, 128))]
    pub name: Option<String>,
    /// Beginning of a name that is made up.
    #[attr(optional, computed, force_new, check = length!(1, 102))]
    name_prefix: Option<String>,
    /// What it is for.
    #[attr(optional, check = length!(1, 256))]
    description: Option<String>,
    /// `REGIONAL`, or `CLOUDFRONT` for distributions (in us-east-1 only).
    #[attr(required, force_new, key, check = one_of!("REGIONAL", "CLOUDFRONT"))]
    pub scope: String,
    /// Domains that tokens of solved puzzles count for, besides the resource's own.
    #[attr(optional)]
    token_domains: BTreeSet<String>,
    /// Address for the integration of applications.
    #[attr(computed)]
    application_integration_url: Option<String>,
    /// ARN of the web ACL.
    #[attr(computed)]
    pub arn: Option<String>,
    /// Capacity units that its rules take.
    #[attr(computed, volatile)]
    capacity: Option<i64>,
    /// Token of its present version.
    #[attr(computed, volatile)]
    lock_token: Option<String>,
    /// How it works with what it guards.
    #[block]
    association_config: Option<AssociationConfig>,
    /// How long a solved puzzle counts.
    #[block]
    captcha_config: Option<CaptchaConfig>,
    /// How long a proof of being a browser counts.
    #[block]
    challenge_config: Option<ChallengeConfig>,
    /// Answers that rules can give.
    #[block]
    custom_response_body: BTreeSet<ResponseBody>,
    /// What is kept out of logs.
    #[block]
    data_protection_config: Option<DataProtectionConfig>,
    /// What is done with what no rule decides.
    #[block(required)]
    default_action: Option<DefaultAction>,
    /// Rules.
    #[block]
    rule: BTreeSet<Rule>,
    /// What is measured and kept.
    #[block(required)]
    visibility_config: Option<Visibility>,
}

/// A rule that Shield Advanced puts into the web ACLs of what it protects (WAF developer guide, "automatic application
/// layer mitigation"): it is left where it is.
fn is_shields(rule: &types::Rule) -> bool {
    rule.name.starts_with("ShieldMitigationRuleGroup_")
}

/// The text of an ARN that tells a web ACL from sets and groups.
const IN_ARN: &str = "/webacl/";

impl Resource for WebAcl {
    const CONSOLE: Option<&'static str> = Some("wafv2/homev2/web-acl/{name}/{id}/overview?region={region}");
    const SERVICE: &'static str = "wafv2";
    // Both `regional/webacl/` and `global/webacl/`.
    const INDEX: Option<(&'static str, &'static str)> = Some(("wafv2", ""));
    const TYPICAL_CREATE_SECONDS: u64 = 5;
    const EFFECTS: Effects = Effects {
        in_place: &[InPlace {
            arguments: &["rule", "default_action"],
            does: Does::MayInterrupt,
            what: "requests that the new rules block",
            when: impact::always,
            source: "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing.html",
        }],
        ..Effects::NONE
    };
    const IAM: Iam = Iam { arn: Some(("wafv2", "${Scope}/webacl/")), ..Iam::NONE };
    const CALLS: Calls = Calls {
        read: &["wafv2:ListWebACLs", "wafv2:GetWebACL", "wafv2:ListTagsForResource"],
        create: &["wafv2:CreateWebACL", "wafv2:TagResource"],
        update: &["wafv2:GetWebACL", "wafv2:UpdateWebACL", "wafv2:TagResource", "wafv2:UntagResource"],
        delete: &["wafv2:GetWebACL", "wafv2:DeleteWebACL"],
        read_cost: "1 per 100 web ACLs of the account, 1 per web ACL of the stack: GetWebACL takes one; and 1 per web ACL whose tags the tag index does not settle: so does ListTagsForResource",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<WebAcl>>, Failure> {
        let names = scope.wanted_names("name", "name_prefix", "cairn-", 128);
        let indexed: BTreeSet<String> = scope.indexed::<WebAcl>(aws).await?.into_iter().filter(|a| a.contains(IN_ARN)).collect();
        let mut summaries = Vec::new();
        for kind in [AclScope::Regional, AclScope::Cloudfront] {
            let global = kind == AclScope::Cloudfront;
            let asked = scope.only().is_some() && aws.region == "us-east-1"
                || scope.wanted_texts("scope").contains(kind.as_str())
                || indexed.iter().any(|a| a.contains("global/webacl/"));
            if global && !asked {
                continue;
            }
            let listed = list(aws, &kind).await?;
            summaries.extend(listed.into_iter().map(|s| (kind.clone(), s)));
        }
        let chosen = |s: &WebAclSummary| match scope.only() {
            Some(id) => s.id() == Some(id),
            None => s.name().is_some_and(|n| names.contains(n)) || s.arn().is_some_and(|a| indexed.contains(a)),
        };
        let chosen = summaries.into_iter().filter(|(_, s)| chosen(s));
        let read = futures::future::try_join_all(chosen.map(|(kind, s)| one(aws, scope, kind, s))).await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &WebAcl, making: &Making<'_>) -> Result<String, Failure> {
        let name = want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), 128));
        let request = aws
            .wafv2
            .create_web_acl()
            .name(&name)
            .scope(AclScope::from(want.scope.as_str()))
            .set_description(want.description.clone())
            .set_default_action(want.default_action.as_ref().map(Wire::send).transpose()?)
            .set_rules(sent(&want.rule)?)
            .set_visibility_config(want.visibility_config.as_ref().map(Wire::send).transpose()?)
            .set_custom_response_bodies(bodies(want)?)
            .set_captcha_config(want.captcha_config.as_ref().map(Wire::send).transpose()?)
            .set_challenge_config(want.challenge_config.as_ref().map(Wire::send).transpose()?)
            .set_token_domains(domains(want))
            .set_association_config(association(want)?)
            .set_data_protection_config(want.data_protection_config.as_ref().map(Wire::send).transpose()?)
            .set_tags(Some(to_tags(&making.tags)?));
        let made = when_spread(making.run, "what the rules refer to to be known", || async {
            once!(aws_sdk_wafv2, request.clone()).await.map_err(failed("wafv2:CreateWebACL"))
        })
        .await?;
        made.summary.and_then(|s| s.id).ok_or_else(|| missing("wafv2:CreateWebACL", "Id"))
    }

    async fn update(aws: &Aws, have: &Found<WebAcl>, want: &WebAcl, changing: &Changing<'_>) -> Result<(), Failure> {
        let name = have.value.name.clone().unwrap_or_default();
        let kind = AclScope::from(have.value.scope.as_str());
        // UpdateWebACL replaces everything, so the lock token must be that of what was read: a newer one would undo what
        // somebody did since.
        let now = get(aws, &kind, &name, &have.id).await?.ok_or_else(|| gone_since(&name))?;
        if have.value.lock_token.is_some() && now.lock_token != have.value.lock_token {
            return Err(changed_since(&name));
        }
        let mut rules = sent(&want.rule)?.unwrap_or_default();
        rules.extend(now.web_acl.and_then(|acl| acl.rules).unwrap_or_default().into_iter().filter(is_shields));
        let request = aws
            .wafv2
            .update_web_acl()
            .name(&name)
            .id(&have.id)
            .scope(kind)
            .set_lock_token(now.lock_token)
            .set_description(want.description.clone())
            .set_default_action(want.default_action.as_ref().map(Wire::send).transpose()?)
            .set_rules(Some(rules))
            .set_visibility_config(want.visibility_config.as_ref().map(Wire::send).transpose()?)
            .set_custom_response_bodies(bodies(want)?)
            .set_captcha_config(want.captcha_config.as_ref().map(Wire::send).transpose()?)
            .set_challenge_config(want.challenge_config.as_ref().map(Wire::send).transpose()?)
            .set_token_domains(domains(want))
            .set_association_config(association(want)?)
            .set_data_protection_config(want.data_protection_config.as_ref().map(Wire::send).transpose()?);
        when_spread(changing.run, "what the rules refer to to be known", || async {
            request.clone().send().await.map_err(failed("wafv2:UpdateWebACL"))
        })
        .await
        .map_err(|f| if f.code.contains("WAFOptimisticLock") { changed_since(&name) } else { f })?;
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<WebAcl>, removing: &Removing<'_, WebAcl>) -> Result<(), Failure> {
        let name = have.value.name.clone().unwrap_or_default();
        let kind = AclScope::from(have.value.scope.as_str());
        // An association that was just removed still counts for a while.
        let passing = |f: &Failure| ["WAFAssociatedItem", "WAFUnavailableEntity", "WAFOptimisticLock"].iter().any(|c| f.code.contains(c));
        wait::while_failing(removing.run, &format!("web ACL {name} to be free"), Duration::from_secs(300), passing, || async {
            let Some(now) = get(aws, &kind, &name, &have.id).await? else { return Ok(()) };
            let call = aws.wafv2.delete_web_acl().name(&name).id(&have.id).scope(kind.clone()).set_lock_token(now.lock_token);
            crate::failure::gone(call.send().await.map_err(failed("wafv2:DeleteWebACL")))
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<WebAcl>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, have.value.arn.as_deref().unwrap_or_default(), set, remove).await
    }

    fn adjust(_: Option<&Value>, _: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut names = BTreeSet::new();
        let mut priorities = BTreeSet::new();
        for rule in planned.get("rule").and_then(Value::elements).unwrap_or(&[]) {
            let Some(name) = rule.get_str("name") else { continue };
            let mut refuse = |message: String| refusals.push(Refusal { attribute: "rule".into(), message });
            if !names.insert(name) {
                refuse(format!("holds two rules named \"{name}\""));
            }
            if let Some(priority) = rule.get("priority").and_then(Value::as_i64)
                && !priorities.insert(priority)
            {
                refuse(format!("holds two rules of priority {priority}; the second is \"{name}\""));
            }
            let count = |block: &str| rule.get(block).and_then(Value::elements).map(<[Value]>::len);
            if let (Some(0), Some(0)) | (Some(1), Some(1)) = (count("action"), count("override_action")) {
                refuse(format!("\"{name}\" needs one of `action` and, for a group, `override_action`"));
            }
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

fn changed_since(name: &str) -> Failure {
    Failure {
        operation: "wafv2:UpdateWebACL".into(),
        ..Failure::new(FailureKind::Other, format!("web ACL {name} was changed by somebody else since it was read; plan again"))
    }
}

fn gone_since(name: &str) -> Failure {
    Failure { operation: "wafv2:GetWebACL".into(), ..Failure::new(FailureKind::NotFound, format!("web ACL {name} is gone")) }
}

async fn list(aws: &Aws, kind: &AclScope) -> Result<Vec<WebAclSummary>, Failure> {
    let mut summaries = Vec::new();
    let mut next = None;
    loop {
        let call = aws.wafv2.list_web_acls().scope(kind.clone()).limit(100).set_next_marker(next);
        let page = call.send().await.map_err(failed("wafv2:ListWebACLs"))?;
        let last = page.web_acls.as_ref().is_none_or(Vec::is_empty);
        summaries.extend(page.web_acls.unwrap_or_default());
        next = page.next_marker.filter(|m| !m.is_empty());
        if next.is_none() || last {
            return Ok(summaries);
        }
    }
}

async fn get(aws: &Aws, kind: &AclScope, name: &str, id: &str) -> Result<Option<GetWebAclOutput>, Failure> {
    absent(aws.wafv2.get_web_acl().name(name).id(id).scope(kind.clone()).send().await.map_err(failed("wafv2:GetWebACL")))
}

async fn one(aws: &Aws, scope: &Scope<'_>, kind: AclScope, summary: WebAclSummary) -> Result<Option<Found<WebAcl>>, Failure> {
    let (name, id, arn) = (summary.name.unwrap_or_default(), summary.id.unwrap_or_default(), summary.arn.unwrap_or_default());
    let (got, tags) = futures::try_join!(get(aws, &kind, &name, &id), async { absent(scope.tags(aws, &arn, tags_of(aws, &arn)).await) })?;
    let (Some(GetWebAclOutput { web_acl: Some(acl), lock_token, application_integration_url, .. }), Some(tags)) = (got, tags) else {
        return Ok(None);
    };
    let limits = acl.association_config.and_then(|a| a.request_body).unwrap_or_default();
    let limit = |kind: AssociatedResourceType| limits.get(&kind).map(BodyLimit::take);
    let value = WebAcl {
        name_prefix: prefix_of(&name),
        name: Some(name),
        description: acl.description.filter(|d| !d.is_empty()),
        scope: kind.as_str().to_string(),
        token_domains: acl.token_domains.unwrap_or_default().into_iter().collect(),
        application_integration_url,
        arn: Some(acl.arn),
        capacity: Some(acl.capacity),
        lock_token,
        association_config: (!limits.is_empty()).then(|| AssociationConfig {
            request_body: vec![RequestBody {
                api_gateway: limit(AssociatedResourceType::ApiGateway),
                app_runner_service: limit(AssociatedResourceType::AppRunnerService),
                cloudfront: limit(AssociatedResourceType::Cloudfront),
                cognito_user_pool: limit(AssociatedResourceType::CognitoUserPool),
                verified_access_instance: limit(AssociatedResourceType::VerifiedAccessInstance),
            }],
        }),
        captcha_config: acl.captcha_config.as_ref().map(Wire::take),
        challenge_config: acl.challenge_config.as_ref().map(Wire::take),
        custom_response_body: acl
            .custom_response_bodies
            .unwrap_or_default()
            .into_iter()
            .map(|(key, b)| ResponseBody { content: b.content, content_type: b.content_type.as_str().to_string(), key })
            .collect(),
        data_protection_config: acl.data_protection_config.as_ref().map(Wire::take),
        default_action: acl.default_action.as_ref().map(Wire::take),
        rule: acl.rules.unwrap_or_default().iter().filter(|r| !is_shields(r)).map(Wire::take).collect(),
        visibility_config: acl.visibility_config.as_ref().map(Wire::take),
    };
    Ok(Some(Found::new(id, value, tags)))
}

fn bodies(want: &WebAcl) -> Result<Option<HashMap<String, types::CustomResponseBody>>, Failure> {
    let body = |b: &ResponseBody| {
        let built = types::CustomResponseBody::builder().content(&b.content).content_type(b.content_type.as_str().into()).build();
        Ok((b.key.clone(), built.map_err(unbuilt)?))
    };
    let bodies: HashMap<_, _> = want.custom_response_body.iter().map(body).collect::<Result<_, Failure>>()?;
    Ok((!bodies.is_empty()).then_some(bodies))
}

fn domains(want: &WebAcl) -> Option<Vec<String>> {
    (!want.token_domains.is_empty()).then(|| want.token_domains.iter().cloned().collect())
}

fn association(want: &WebAcl) -> Result<Option<types::AssociationConfig>, Failure> {
    let Some(config) = &want.association_config else { return Ok(None) };
    let mut limits: HashMap<AssociatedResourceType, RequestBodyAssociatedResourceTypeConfig> = HashMap::new();
    for (kind, limit) in config.request_body.iter().flat_map(RequestBody::by_type) {
        if let Some(limit) = limit {
            limits.insert(kind, limit.send()?);
        }
    }
    Ok(Some(types::AssociationConfig::builder().set_request_body(Some(limits)).build()))
}

/// True when the tags carry the mark of a stack.
pub(super) fn marked_by(tags: &Tags, stack: &cairn_model::StackId) -> bool {
    tags.get(TAG_STACK).is_some_and(|s| *s == stack.to_string())
}
