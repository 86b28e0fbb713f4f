//! `aws_scheduler_schedule`.

use super::target::{RetryPolicy, Target};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names::{self, prefix_of};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use crate::wire::{Wire, wire};
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;
use cairn_model::model::Nested;
use cairn_model::{Value, between, length, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

/// When something is started, and what.
///
/// It takes no tags, only its group does: it stands in the stack's register, known by group and name, which nobody can change.
/// `UpdateSchedule` sets the whole anew: what is left out goes back to its default
/// (<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html>).
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_scheduler_schedule")]
pub struct Schedule {
    /// Name of the schedule, of its own in its group.
    #[attr(optional, computed, force_new, key, check = name)]
    name: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = name)]
    name_prefix: Option<String>,
    /// Group that it is in, and that is there already.
    #[attr(default = "default", force_new, key, check = name)]
    group_name: String,
    /// What it is for.
    #[attr(optional, check = length!(0, 512))]
    description: Option<String>,
    /// When: `cron(…)`, `rate(…)` or `at(…)`.
    #[attr(required, check = expression)]
    schedule_expression: String,
    /// Where the clock hangs that `schedule_expression` goes by, such as `Europe/Berlin`.
    #[attr(default = "UTC", check = length!(1, 50))]
    schedule_expression_timezone: String,
    /// When it begins to count, as RFC 3339 writes it.
    #[attr(optional, check = instant, equal = same_instant)]
    start_date: Option<String>,
    /// When it ends, as RFC 3339 writes it.
    #[attr(optional, check = instant, equal = same_instant)]
    end_date: Option<String>,
    /// `ENABLED` or `DISABLED`.
    #[attr(default = "ENABLED", check = one_of!("ENABLED", "DISABLED"))]
    state: String,
    /// Key that encrypts it; AWS's own where there is none.
    #[attr(optional, check = arn)]
    kms_key_arn: Option<String>,
    /// How exactly it is started.
    #[block(required)]
    flexible_time_window: Option<FlexibleTimeWindow>,
    /// What is started.
    #[block(required)]
    target: Option<Target>,
    /// ARN of the schedule.
    #[attr(computed)]
    arn: Option<String>,
}

wire! {
    /// How exactly it is started.
    FlexibleTimeWindow => try FlexibleTimeWindow {
        /// `OFF`: within the minute; `FLEXIBLE`: at some time of a window.
        #[attr(required, check = one_of!("OFF", "FLEXIBLE"))]
        mode: String => text mode set_mode,
        /// Length of the window.
        #[attr(optional, check = between!(1, 1_440))]
        maximum_window_in_minutes: Option<i32> => same maximum_window_in_minutes set_maximum_window_in_minutes,
    }
}

const LONGEST_NAME: usize = 64;
const MADE_UP: &str = "cairn-";
const GROUP: &str = "default";
/// How long a role that was just made is waited for.
const PROPAGATION: Duration = Duration::from_secs(180);

impl Resource for Schedule {
    const CONSOLE: Option<&'static str> = Some("scheduler/home?region={region}#schedules/{group_name}/{name}");
    const SERVICE: &'static str = "scheduler";
    const REGISTERED: bool = true;
    const EFFECTS: Effects = Effects { serves: Some("what it starts"), ..Effects::NONE };
    const IAM: Iam = Iam {
        arn: Some(("scheduler", "schedule/")),
        passes_roles_to: &["scheduler.amazonaws.com"],
        ..Iam::named("name", "name_prefix", MADE_UP)
    };
    const CALLS: Calls = Calls {
        read: &["scheduler:GetSchedule", "kms:Decrypt"],
        create: &["scheduler:CreateSchedule", "scheduler:GetSchedule", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"],
        update: &["scheduler:UpdateSchedule", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"],
        delete: &["scheduler:DeleteSchedule"],
        read_cost: "1 per schedule: ListSchedules leaves most out, and GetSchedule takes one name",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Schedule>>, Failure> {
        let mut ids = wanted(scope);
        ids.extend(scope.registered(aws).await?.into_iter().map(|(id, _)| id));
        ids.extend(scope.only().map(str::to_string));
        let read = futures::future::try_join_all(ids.iter().map(|id| get(aws, id))).await?;
        Ok(read.into_iter().flatten().map(|s| Found::new(s.id(), s, Tags::new())).collect())
    }

    async fn create(aws: &Aws, want: &Schedule, making: &Making<'_>) -> Result<String, Failure> {
        let want = Schedule { name: Some(name_of(want, making)), ..want.clone() };
        let call = aws
            .scheduler
            .create_schedule()
            .set_name(want.name.clone())
            .group_name(&want.group_name)
            .set_description(want.description.clone())
            .schedule_expression(&want.schedule_expression)
            .schedule_expression_timezone(&want.schedule_expression_timezone)
            .set_start_date(date(want.start_date.as_ref()))
            .set_end_date(date(want.end_date.as_ref()))
            .state(want.state.as_str().into())
            .set_kms_key_arn(want.kms_key_arn.clone())
            .set_flexible_time_window(want.flexible_time_window.as_ref().map(Wire::send).transpose()?)
            .set_target(want.target.as_ref().map(Wire::send).transpose()?)
            .client_token(making.token());
        let made = wait::while_failing(making.run, "the schedule's role to be usable", PROPAGATION, no_role_yet, || async {
            call.clone().send().await.map_err(failed("scheduler:CreateSchedule"))
        });
        match made.await {
            // One that is just as wanted was made by a run whose reply was lost.
            Err(taken) if taken.code == "ConflictException" => match get(aws, &want.id()).await? {
                Some(have) if have.means(&want) => Ok(want.id()),
                _ => Err(Failure { kind: FailureKind::AlreadyExists, ..taken }),
            },
            made => made.map(|_| want.id()),
        }
    }

    async fn update(aws: &Aws, have: &Found<Schedule>, want: &Schedule, changing: &Changing<'_>) -> Result<(), Failure> {
        let call = aws
            .scheduler
            .update_schedule()
            .set_name(have.value.name.clone())
            .group_name(&have.value.group_name)
            .set_description(want.description.clone())
            .schedule_expression(&want.schedule_expression)
            .schedule_expression_timezone(&want.schedule_expression_timezone)
            .set_start_date(date(want.start_date.as_ref()))
            .set_end_date(date(want.end_date.as_ref()))
            .state(want.state.as_str().into())
            .set_kms_key_arn(want.kms_key_arn.clone())
            .set_flexible_time_window(want.flexible_time_window.as_ref().map(Wire::send).transpose()?)
            .set_target(want.target.as_ref().map(Wire::send).transpose()?);
        let changed = wait::while_failing(changing.run, "the schedule's role to be usable", PROPAGATION, no_role_yet, || async {
            call.clone().send().await.map_err(failed("scheduler:UpdateSchedule"))
        });
        changed.await.map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<Schedule>, _: &Removing<'_, Schedule>) -> Result<(), Failure> {
        let (group, name) = parts(&have.id);
        let call = aws.scheduler.delete_schedule().group_name(group).name(name);
        gone(call.send().await.map_err(failed("scheduler:DeleteSchedule")))
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let refusals = unfit_window(config);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(with_retries(names::follow_prefix(live, config, planned)))
    }

    async fn registered_id(_: &Aws, want: &Schedule, making: &Making<'_>) -> Result<Option<String>, Failure> {
        Ok(Some(id(&want.group_name, &name_of(want, making))))
    }
}

impl Schedule {
    fn id(&self) -> String {
        id(&self.group_name, self.name.as_deref().unwrap_or_default())
    }

    /// True when two mean the same, but for what AWS makes up.
    fn means(&self, other: &Schedule) -> bool {
        let plain = |s: &Schedule| Schedule {
            name_prefix: None,
            arn: None,
            description: s.description.clone().filter(|d| !d.is_empty()),
            start_date: s.start_date.as_deref().and_then(normal),
            end_date: s.end_date.as_deref().and_then(normal),
            ..s.clone()
        };
        plain(self) == plain(other)
    }
}

fn id(group: &str, name: &str) -> String {
    format!("{group}/{name}")
}

/// Group and name of an id.
fn parts(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or((GROUP, id))
}

fn name_of(want: &Schedule, making: &Making<'_>) -> String {
    want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or(MADE_UP), LONGEST_NAME))
}

/// The ids of the configuration.
fn wanted(scope: &Scope<'_>) -> BTreeSet<String> {
    let ids = scope.wanted().iter().flat_map(|w| {
        let group = w.config.get_str("group_name").unwrap_or(GROUP);
        w.names("name", "name_prefix", MADE_UP, LONGEST_NAME).into_iter().map(move |name| id(group, &name))
    });
    ids.collect()
}

async fn get(aws: &Aws, id: &str) -> Result<Option<Schedule>, Failure> {
    let (group, name) = parts(id);
    let answer = aws.scheduler.get_schedule().group_name(group).name(name).send().await.map_err(failed("scheduler:GetSchedule"));
    absent(answer)?.map(value).transpose()
}

fn value(s: GetScheduleOutput) -> Result<Schedule, Failure> {
    let name = s.name.ok_or_else(|| missing("scheduler:GetSchedule", "Name"))?;
    let date = |d: Option<DateTime>| d.and_then(|d| d.fmt(Format::DateTime).ok());
    Ok(Schedule {
        name_prefix: prefix_of(&name),
        name: Some(name),
        group_name: s.group_name.unwrap_or_else(|| GROUP.into()),
        description: s.description.filter(|d| !d.is_empty()),
        schedule_expression: s.schedule_expression.unwrap_or_default(),
        schedule_expression_timezone: s.schedule_expression_timezone.unwrap_or_else(|| "UTC".into()),
        start_date: date(s.start_date),
        end_date: date(s.end_date),
        state: s.state.map_or_else(|| "ENABLED".into(), |s| s.as_str().to_string()),
        kms_key_arn: s.kms_key_arn.filter(|k| !k.is_empty()),
        flexible_time_window: s.flexible_time_window.as_ref().map(Wire::take),
        target: s.target.as_ref().map(Wire::take),
        arn: s.arn,
    })
}

/// A role that was just made can't be assumed everywhere yet: "The execution role you provide must allow AWS EventBridge
/// Scheduler to assume the role."
fn no_role_yet(failure: &Failure) -> bool {
    failure.code == "ValidationException" && failure.message.contains("to assume the role")
}

/// The window has a length where it is flexible, and none where it is not (FlexibleTimeWindow data type).
fn unfit_window(config: &Value) -> Vec<Refusal> {
    let Some([window]) = config.get("flexible_time_window").and_then(Value::elements) else { return Vec::new() };
    let set = window.get("maximum_window_in_minutes").is_some_and(|v| !v.is_null());
    let message = match (window.get_str("mode"), set) {
        (Some("OFF"), true) => "can't be set where mode is \"OFF\"",
        (Some("FLEXIBLE"), false) => "is needed where mode is \"FLEXIBLE\"",
        _ => return Vec::new(),
    };
    vec![Refusal { attribute: "flexible_time_window[0].maximum_window_in_minutes".into(), message: message.into() }]
}

/// Fills in how often AWS tries again where the configuration does not say, so that a change of it is seen.
fn with_retries(planned: Value) -> Value {
    let Some([target]) = planned.get("target").and_then(Value::elements) else { return planned };
    if target.get("retry_policy").and_then(Value::elements).is_none_or(|p| !p.is_empty()) {
        return planned;
    }
    let usual = RetryPolicy::take(&types::RetryPolicy::builder().build());
    let target = target.clone().with("retry_policy", Some(usual).to_blocks());
    planned.with("target", Value::list(vec![target]))
}

fn parsed(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset).ok()
}

/// An instant in one form.
fn normal(text: &str) -> Option<String> {
    parsed(text)?.fmt(Format::DateTime).ok()
}

fn date(text: Option<&String>) -> Option<DateTime> {
    text.and_then(|t| parsed(t))
}

fn same_instant(have: &Value, want: &Value) -> bool {
    match (have.as_str().and_then(parsed), want.as_str().and_then(parsed)) {
        // AWS keeps whole seconds.
        (Some(have), Some(want)) => have.secs() == want.secs(),
        _ => have == want,
    }
}

fn instant(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if parsed(text).is_none() => Err(format!("must be an instant such as 2030-01-31T12:00:00Z, not \"{text}\"")),
        _ => Ok(()),
    }
}

/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
fn expression(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let inside = ["cron(", "rate(", "at("].iter().find_map(|word| text.strip_prefix(word)?.strip_suffix(')'));
    if inside.is_none_or(str::is_empty) || text.len() > 256 {
        return Err(format!("must be cron(…), rate(…) or at(…), not \"{text}\""));
    }
    Ok(())
}

/// CreateSchedule, `Name` and `GroupName`.
fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(fits) {
        return Err(format!("must be 1 to 64 letters, digits, hyphens, underscores and dots, not \"{text}\""));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_model::model::Model as _;

    #[test]
    fn instants_are_compared_by_what_they_are() {
        let same = |a: &str, b: &str| same_instant(&Value::string(a), &Value::string(b));
        assert!(same("2030-01-31T12:00:00Z", "2030-01-31T13:00:00+01:00"));
        assert!(!same("2030-01-31T12:00:00Z", "2030-01-31T12:00:01Z"));
        assert!(instant(&Value::string("tomorrow")).is_err() && instant(&Value::string("2030-01-31T12:00:00Z")).is_ok());
    }

    #[test]
    fn expressions_are_of_three_kinds() {
        for good in ["cron(0 3 * * ? *)", "rate(1 day)", "at(2030-01-31T12:00:00)"] {
            assert!(expression(&Value::string(good)).is_ok(), "{good}");
        }
        for bad in ["0 3 * * *", "cron()", "every(1 day)"] {
            assert!(expression(&Value::string(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn retries_that_nobody_names_are_planned_as_aws_has_them() {
        let target = |retries: Option<RetryPolicy>| {
            let target = Target::take(&types::Target::builder().arn("a").role_arn("r").build().expect("a target"));
            let target = Target { retry_policy: retries, ..target };
            Value::object([("target".to_string(), Value::list(vec![target.to_object()]))].into())
        };
        let usual = RetryPolicy { maximum_event_age_in_seconds: 86_400, maximum_retry_attempts: 185 };
        let few = RetryPolicy { maximum_event_age_in_seconds: 60, maximum_retry_attempts: 0 };
        assert_eq!(with_retries(target(None)), target(Some(usual)));
        assert_eq!(with_retries(target(Some(few.clone()))), target(Some(few)));
    }
}
