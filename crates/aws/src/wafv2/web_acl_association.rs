//! `aws_wafv2_web_acl_association`.

use super::web_acl::{WebAcl, marked_by};
use super::{tags_of, when_spread};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Found, Making, Removing, Resource};
use crate::scope::Scope;
use aws_sdk_wafv2::types::ResourceType;
use cairn_derive::Model;
use cairn_engine::provider::Parent;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;

/// That a web ACL guards a load balancer, an API or another resource of a region. A resource has one web ACL at most.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_wafv2_web_acl_association", timeouts = "create")]
pub struct Association {
    /// ARN of what is guarded.
    #[attr(required, force_new, key, check = arn)]
    resource_arn: String,
    /// ARN of the web ACL.
    #[attr(required, force_new, key, check = arn)]
    web_acl_arn: String,
}

/// What a web ACL of a region can guard (`ListResourcesForWebACL` takes one kind at a time). Each is asked for, whatever
/// kinds the configuration has: a stray can be of any.
const KINDS: &[ResourceType] = &[
    ResourceType::ApplicationLoadBalancer,
    ResourceType::ApiGateway,
    ResourceType::Appsync,
    ResourceType::CognitioUserPool,
    ResourceType::AppRunnerService,
    ResourceType::VerifiedAccessInstance,
];

impl Resource for Association {
    const CONSOLE: Option<&'static str> = Some("wafv2/homev2/web-acls?region={region}");
    const SERVICE: &'static str = "wafv2";
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_wafv2_web_acl", attribute: "web_acl_arn", names: "arn", inline: None }];
    const TYPICAL_CREATE_SECONDS: u64 = 60;
    const CALLS: Calls = Calls {
        read: &[
            "wafv2:ListResourcesForWebACL",
            "wafv2:GetWebACLForResource",
            "wafv2:GetWebACL",
            "apprunner:ListAssociatedServicesForWebAcl",
            "cognito-idp:ListResourcesForWebACL",
            "ec2:DescribeVerifiedAccessInstanceWebAclAssociations",
        ],
        create: &["wafv2:GetWebACLForResource", "wafv2:ListTagsForResource", "wafv2:AssociateWebACL", "elasticloadbalancing:SetWebAcl"],
        update: &[],
        delete: &["wafv2:GetWebACLForResource", "wafv2:DisassociateWebACL", "elasticloadbalancing:SetWebAcl"],
        read_cost: "6 per web ACL of the stack: ListResourcesForWebACL takes one web ACL and one kind of resource",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Association>>, Failure> {
        if let Some(id) = scope.only() {
            let Some((acl, resource)) = id.split_once(',') else { return Ok(Vec::new()) };
            let now = guardian(aws, resource).await?;
            return Ok(now.filter(|now| now == acl).map(|_| found(acl, resource)).into_iter().collect());
        }
        let acls = scope.of::<WebAcl>(aws).await?;
        let regional = acls.iter().filter(|f| f.value.scope == "REGIONAL").filter_map(|f| f.value.arn.as_deref());
        let mut all = Vec::new();
        for arn in regional {
            for kind in KINDS {
                // One after the other: AWS allows one such call a second (AWS WAF quotas).
                all.extend(guarded(aws, arn, kind).await?);
            }
        }
        Ok(all)
    }

    async fn create(aws: &Aws, want: &Association, making: &Making<'_>) -> Result<String, Failure> {
        // AssociateWebACL takes a resource away from the web ACL that it has, without a word.
        if let Some(now) = guardian(aws, &want.resource_arn).await?
            && now != want.web_acl_arn
            && !marked_by(&tags_of(aws, &now).await.unwrap_or_default(), &making.stack)
        {
            return Err(Failure::new(
                FailureKind::AlreadyExists,
                format!(
                    "{} is guarded by another web ACL, {now}, which is not this stack's; remove that association first",
                    want.resource_arn
                ),
            ));
        }
        when_spread(making.run, "the web ACL and what it guards to be known to each other", || async {
            let call = aws.wafv2.associate_web_acl().web_acl_arn(&want.web_acl_arn).resource_arn(&want.resource_arn);
            call.send().await.map_err(failed("wafv2:AssociateWebACL"))
        })
        .await?;
        Ok(format!("{},{}", want.web_acl_arn, want.resource_arn))
    }

    async fn delete(aws: &Aws, have: &Found<Association>, removing: &Removing<'_, Association>) -> Result<(), Failure> {
        // DisassociateWebACL names the resource only: it must not undo an association that has come after this one.
        if guardian(aws, &have.value.resource_arn).await?.as_deref() != Some(have.value.web_acl_arn.as_str()) {
            return Ok(());
        }
        when_spread(removing.run, "the association to be known", || async {
            let call = aws.wafv2.disassociate_web_acl().resource_arn(&have.value.resource_arn);
            gone(call.send().await.map_err(failed("wafv2:DisassociateWebACL")))
        })
        .await
    }
}

/// The ARN of the web ACL that guards a resource.
async fn guardian(aws: &Aws, resource: &str) -> Result<Option<String>, Failure> {
    let answer =
        absent(aws.wafv2.get_web_acl_for_resource().resource_arn(resource).send().await.map_err(failed("wafv2:GetWebACLForResource")))?;
    Ok(answer.and_then(|a| a.web_acl).map(|acl| acl.arn))
}

async fn guarded(aws: &Aws, acl: &str, kind: &ResourceType) -> Result<Vec<Found<Association>>, Failure> {
    let call = aws.wafv2.list_resources_for_web_acl().web_acl_arn(acl).resource_type(kind.clone());
    match absent(call.send().await.map_err(failed("wafv2:ListResourcesForWebACL"))) {
        Ok(answer) => Ok(answer.and_then(|a| a.resource_arns).unwrap_or_default().iter().map(|r| found(acl, r)).collect()),
        // Not every region has every kind.
        Err(failure) if failure.code.contains("WAFInvalidParameter") && *kind != ResourceType::ApplicationLoadBalancer => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

fn found(acl: &str, resource: &str) -> Found<Association> {
    let value = Association { resource_arn: resource.into(), web_acl_arn: acl.into() };
    // arn:aws:wafv2:region:account:regional/webacl/NAME/ID
    let parent = acl.rsplit('/').next().unwrap_or_default();
    Found::part(format!("{acl},{resource}"), value, Default::default(), "aws_wafv2_web_acl", parent)
}
