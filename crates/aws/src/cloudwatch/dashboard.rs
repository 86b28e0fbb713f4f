//! `aws_cloudwatch_dashboard`.

use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Value, check, equality};

/// A page of graphs. It takes no tags, so it stands in the stack's register.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_cloudwatch_dashboard")]
pub struct Dashboard {
    /// Name of the dashboard.
    #[attr(required, force_new, key, check = name)]
    dashboard_name: String,
    /// What it shows, in JSON.
    #[attr(required, check = check::json, equal = equality::json)]
    dashboard_body: String,
    /// ARN of the dashboard.
    #[attr(computed)]
    dashboard_arn: Option<String>,
}

impl Resource for Dashboard {
    const CONSOLE: Option<&'static str> = Some("cloudwatch/home?region={region}#dashboards/dashboard/{dashboard_name}");
    const SERVICE: &'static str = "cloudwatch";
    const REGISTERED: bool = true;
    const IAM: Iam = Iam { arn: Some(("cloudwatch", "dashboard/")), ..Iam::named("dashboard_name", "", "") };
    const CALLS: Calls = Calls {
        read: &["cloudwatch:GetDashboard"],
        create: &["cloudwatch:GetDashboard", "cloudwatch:PutDashboard"],
        update: &["cloudwatch:PutDashboard"],
        delete: &["cloudwatch:DeleteDashboards"],
        read_cost: "1 per dashboard: ListDashboards leaves the body out, and GetDashboard takes one name",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Dashboard>>, Failure> {
        let mut names = scope.wanted_texts("dashboard_name");
        names.extend(scope.registered(aws).await?.into_iter().map(|(id, _)| id));
        names.extend(scope.only().map(str::to_string));
        let read = futures::future::try_join_all(names.iter().map(|name| get(aws, name))).await?;
        Ok(read.into_iter().flatten().map(|d| Found::new(d.dashboard_name.clone(), d, Tags::new())).collect())
    }

    async fn create(aws: &Aws, want: &Dashboard, _: &Making<'_>) -> Result<String, Failure> {
        // PutDashboard would write over somebody else's. One with this very body was made by a run whose
        // reply was lost.
        if let Some(have) = get(aws, &want.dashboard_name).await? {
            if !equality::json(&Value::from(have.dashboard_body), &Value::from(want.dashboard_body.as_str())) {
                return Err(Failure::new(FailureKind::AlreadyExists, format!("the dashboard {} exists already", want.dashboard_name)));
            }
            return Ok(want.dashboard_name.clone());
        }
        put(aws, want).await?;
        Ok(want.dashboard_name.clone())
    }

    async fn update(aws: &Aws, _: &Found<Dashboard>, want: &Dashboard, _: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, have: &Found<Dashboard>, _: &Removing<'_, Dashboard>) -> Result<(), Failure> {
        gone(aws.cloudwatch.delete_dashboards().dashboard_names(&have.id).send().await.map_err(failed("cloudwatch:DeleteDashboards")))
    }

    async fn registered_id(_: &Aws, want: &Dashboard, _: &Making<'_>) -> Result<Option<String>, Failure> {
        Ok(Some(want.dashboard_name.clone()))
    }
}

async fn get(aws: &Aws, name: &str) -> Result<Option<Dashboard>, Failure> {
    let answer = match absent(aws.cloudwatch.get_dashboard().dashboard_name(name).send().await.map_err(failed("cloudwatch:GetDashboard"))) {
        // AWS answers ResourceNotFound; LocalStack answers so.
        Err(f) if f.code == "InvalidParameterValue" && f.message.contains("does not exist") => None,
        other => other?,
    };
    Ok(answer.map(|a| Dashboard {
        dashboard_name: name.to_string(),
        dashboard_body: a.dashboard_body.unwrap_or_default(),
        dashboard_arn: a.dashboard_arn,
    }))
}

async fn put(aws: &Aws, want: &Dashboard) -> Result<(), Failure> {
    let call = aws.cloudwatch.put_dashboard().dashboard_name(&want.dashboard_name).dashboard_body(&want.dashboard_body);
    call.send().await.map_err(failed("cloudwatch:PutDashboard")).map(|_| ())
}

fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.is_empty() || text.len() > 255 || !text.chars().all(fits) {
        return Err(format!("must be 1 to 255 letters, digits, hyphens and underscores, not \"{text}\""));
    }
    Ok(())
}
