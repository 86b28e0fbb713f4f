//! Instance refresh: replaces the instances of a group, and waits for the end.

use super::group::{Group, InstanceRefresh, look};
use super::group_change::{mixed, template};
use super::tag;
use crate::client::Aws;
use crate::failure::{failed, missing};
use crate::resource::Run;
use crate::wait::{self, Look};
use aws_sdk_autoscaling::types::{self as sdk, InstanceRefreshStatus as Status};
use cairn_engine::{Failure, FailureKind};
use std::time::Duration;

/// The tag that stands on a group from before a change that triggers a refresh until that has begun. No configuration has
/// it, so a plan after a run that died in between shows it as a tag to be taken off, and the apply starts the refresh. A
/// change of what instances are launched from needs none: it is not made before the refresh.
pub const DUE: &str = "cairn:refresh-due";

/// Puts down that a refresh is due.
pub async fn put_down(aws: &Aws, name: &str) -> Result<(), Failure> {
    let call = aws.autoscaling.create_or_update_tags().tags(tag(name, DUE, "true", false));
    call.send().await.map(drop).map_err(failed("autoscaling:CreateOrUpdateTags"))
}

/// Strikes out that a refresh is due.
pub async fn strike(aws: &Aws, name: &str) -> Result<(), Failure> {
    let call = aws.autoscaling.delete_tags().tags(tag(name, DUE, "true", false));
    call.send().await.map(drop).map_err(failed("autoscaling:DeleteTags"))
}

/// What leads to a refresh.
#[derive(Clone, Copy)]
pub struct Cause {
    /// What instances are launched from changes: the group takes that over only when the refresh ends well.
    pub launches: bool,
    /// It stands on the group that a refresh is due.
    pub marked: bool,
}

/// Replaces the instances. A run that was killed meanwhile leaves a refresh that goes on; it is awaited first, and nothing
/// is left to do when it did what is wanted.
pub async fn run(aws: &Aws, name: &str, want: &Group, how: &InstanceRefresh, cause: Cause, run: Run<'_>) -> Result<(), Failure> {
    let limit = limit(how);
    if let Some(id) = active(aws, name).await? {
        // Whatever came of it, what is wanted now is tried next.
        end(aws, name, &id, "an earlier instance refresh", limit, run).await?;
        if cause.launches && !cause.marked && is_done(aws, name, want).await? {
            return Ok(());
        }
    }
    let desired = sdk::DesiredConfiguration::builder().set_launch_template(template(want)).set_mixed_instances_policy(mixed(want)).build();
    let request = aws
        .autoscaling
        .start_instance_refresh()
        .auto_scaling_group_name(name)
        .strategy(sdk::RefreshStrategy::from(how.strategy.as_str()))
        .preferences(preferences(how, cause.launches)?)
        .desired_configuration(desired);
    // Somebody else's may have begun in between.
    let busy = |f: &Failure| f.code == "InstanceRefreshInProgress" || f.kind == FailureKind::InUse;
    let started = wait::while_failing(run, "another instance refresh to end", limit, busy, || async {
        request.clone().send().await.map_err(failed("autoscaling:StartInstanceRefresh"))
    })
    .await?;
    if cause.marked {
        strike(aws, name).await?;
    }
    let id = started.instance_refresh_id.ok_or_else(|| missing("autoscaling:StartInstanceRefresh", "InstanceRefreshId"))?;
    let (status, reason) = end(aws, name, &id, "the instance refresh", limit, run).await?;
    if status == Status::Successful {
        return Ok(());
    }
    let outcome = match status {
        Status::RollbackSuccessful => "was rolled back: the group is as it was before".to_string(),
        other => format!("ended as {}", other.as_str()),
    };
    let why = reason.map_or_else(String::new, |r| format!(": {r}"));
    Err(Failure::new(FailureKind::Other, format!("the instance refresh of {name} {outcome}{why} (refresh {id})")))
}

/// Two hours, and what the checkpoints ask for: an hour each where nothing is said.
fn limit(how: &InstanceRefresh) -> Duration {
    let preferences = how.preferences.as_ref();
    let stops = preferences.map_or(0, |p| p.checkpoint_percentages.len());
    let delay = preferences.and_then(|p| p.checkpoint_delay.as_ref()).and_then(|d| d.parse().ok()).unwrap_or(3_600);
    Duration::from_secs(7_200 + delay * u64::try_from(stops).unwrap_or_default())
}

fn preferences(how: &InstanceRefresh, launches: bool) -> Result<sdk::RefreshPreferences, Failure> {
    let Some(p) = &how.preferences else { return Ok(sdk::RefreshPreferences::builder().build()) };
    let number = |name: &str, text: &Option<String>| {
        let parsed = text.as_deref().filter(|t| !t.is_empty()).map(str::parse::<i32>).transpose();
        parsed.map_err(|_| Failure::new(FailureKind::Invalid, format!("{name} must be a whole number of seconds")))
    };
    let alarms = p.alarm_specification.as_ref().map(|a| sdk::AlarmSpecification::builder().set_alarms(Some(a.alarms.clone())).build());
    Ok(sdk::RefreshPreferences::builder()
        .set_auto_rollback(p.auto_rollback)
        .set_checkpoint_delay(number("checkpoint_delay", &p.checkpoint_delay)?)
        .set_checkpoint_percentages((!p.checkpoint_percentages.is_empty()).then(|| p.checkpoint_percentages.clone()))
        .set_instance_warmup(number("instance_warmup", &p.instance_warmup)?)
        .max_healthy_percentage(p.max_healthy_percentage)
        .min_healthy_percentage(p.min_healthy_percentage)
        .scale_in_protected_instances(sdk::ScaleInProtectedInstances::from(p.scale_in_protected_instances.as_str()))
        .standby_instances(sdk::StandbyInstances::from(p.standby_instances.as_str()))
        // A trigger replaces instances that are launched from the right version all the same.
        .skip_matching(p.skip_matching && launches)
        .set_alarm_specification(alarms)
        .build())
}

fn is_active(status: Option<&Status>) -> bool {
    matches!(status, Some(Status::Pending | Status::InProgress | Status::Cancelling | Status::RollbackInProgress | Status::Baking))
}

/// The refresh that runs at the moment; the newest comes first.
async fn active(aws: &Aws, name: &str) -> Result<Option<String>, Failure> {
    let request = aws.autoscaling.describe_instance_refreshes().auto_scaling_group_name(name).max_records(10);
    let answer = request.send().await.map_err(failed("autoscaling:DescribeInstanceRefreshes"))?;
    Ok(answer.instance_refreshes().iter().find(|r| is_active(r.status())).and_then(|r| r.instance_refresh_id.clone()))
}

/// Waits for the end of a refresh; gives its status and AWS's reason.
async fn end(aws: &Aws, name: &str, id: &str, what: &str, limit: Duration, run: Run<'_>) -> Result<(Status, Option<String>), Failure> {
    wait::until(run, &format!("{what} of {name} to end"), limit, || async {
        let request = aws.autoscaling.describe_instance_refreshes().auto_scaling_group_name(name).instance_refresh_ids(id);
        let answer = request.send().await.map_err(failed("autoscaling:DescribeInstanceRefreshes"))?;
        let Some(refresh) = answer.instance_refreshes().first() else { return Ok(Look::NotYet("not visible yet".into())) };
        match refresh.status() {
            Some(status) if !is_active(Some(status)) => Ok(Look::Ready((status.clone(), refresh.status_reason.clone()))),
            status => {
                let percent = refresh.percentage_complete().map_or_else(String::new, |p| format!(" {p} %"));
                Ok(Look::NotYet(format!("{}{percent}", status.map_or("", Status::as_str))))
            }
        }
    })
    .await
}

/// True when the group launches from what is wanted.
async fn is_done(aws: &Aws, name: &str, want: &Group) -> Result<bool, Failure> {
    let Some(group) = look(aws, name).await? else { return Ok(false) };
    let (Some(have), Some(want)) = (group.launch_template(), template(want)) else { return Ok(false) };
    let same_template = match want.launch_template_id() {
        Some(id) => have.launch_template_id() == Some(id),
        None => have.launch_template_name() == want.launch_template_name(),
    };
    Ok(same_template && have.version() == want.version())
}
