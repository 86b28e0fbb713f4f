//! `aws_ecs_task_definition`.

use super::task_parts::{EphemeralStorage, PlacementConstraint, ProxyConfiguration, RuntimePlatform, Volume};
use super::{container_definitions, from_tags, tag, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use crate::wire::{Wire, sent};
use aws_sdk_ecs::operation::describe_task_definition::DescribeTaskDefinitionOutput;
use aws_sdk_ecs::types::{self, SortOrder, TaskDefinitionField, TaskDefinitionStatus};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_model::check::arn;
use cairn_model::mark::TAG_PREFIX;
use cairn_model::{Value, one_of};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a task is made of: a revision of a family. A change registers a new revision and deregisters the old one.
///
/// A revision never changes, but for its tags; the stack's is the one that carries its mark, whatever others register in the
/// family. `id` is its ARN, since several revisions can be there at once (the public provider's is the family, which they share).
/// Deregistered, a revision is `INACTIVE`: it can be described for ever, may stay in the tag index, and is taken for gone.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-definition-state.html>
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ecs_task_definition", tags, unsupported_blocks = "inference_accelerator")]
pub struct TaskDefinition {
    /// Name of the family.
    #[attr(required, force_new, check = family)]
    family: String,
    /// The containers, as a list in JSON with AWS's names.
    #[attr(required, force_new, check = container_definitions::check, equal = container_definitions::same)]
    container_definitions: String,
    /// What it must be fit for: `EC2`, `FARGATE`, `EXTERNAL` or `MANAGED_INSTANCES`.
    #[attr(optional, force_new)]
    requires_compatibilities: BTreeSet<String>,
    /// CPU units of the task, such as `256` or `.25 vCPU`.
    #[attr(optional, force_new, check = cpu, equal = same_cpu)]
    cpu: Option<String>,
    /// Memory of the task in MiB, such as `512` or `0.5 GB`.
    #[attr(optional, force_new, check = memory, equal = same_memory)]
    memory: Option<String>,
    /// `awsvpc`, `bridge`, `host` or `none`.
    #[attr(optional, computed, force_new, check = one_of!("awsvpc", "bridge", "host", "none"))]
    network_mode: Option<String>,
    /// Role that fetches images and secrets, and writes logs.
    #[attr(optional, force_new, check = arn)]
    execution_role_arn: Option<String>,
    /// Role of what runs in the containers.
    #[attr(optional, force_new, check = arn)]
    task_role_arn: Option<String>,
    /// Whose shared memory containers see: `host`, `task` or `none`.
    #[attr(optional, force_new, check = one_of!("host", "task", "none"))]
    ipc_mode: Option<String>,
    /// Whose processes containers see: `host` or `task`.
    #[attr(optional, force_new, check = one_of!("host", "task"))]
    pid_mode: Option<String>,
    /// Faults may be injected into its tasks.
    #[attr(optional, computed, force_new)]
    enable_fault_injection: Option<bool>,
    /// Leave the revision active when it is destroyed here: only the stack's mark is taken off.
    #[attr(default = false, config_only)]
    skip_destroy: bool,
    /// Only `false`: the stack's revision is the one that carries its mark.
    #[attr(default = false, config_only, check = not_latest)]
    track_latest: bool,
    /// Storage of a Fargate task that goes with it.
    #[block(force_new)]
    ephemeral_storage: Option<EphemeralStorage>,
    /// Rules on where tasks run; not on Fargate.
    #[block(max = 10, force_new)]
    placement_constraints: BTreeSet<PlacementConstraint>,
    /// A proxy of App Mesh.
    #[block(force_new)]
    proxy_configuration: Option<ProxyConfiguration>,
    /// What a task runs on.
    #[block(force_new)]
    runtime_platform: Option<RuntimePlatform>,
    /// Volumes.
    #[block(force_new)]
    volume: BTreeSet<Volume>,
    /// ARN of the revision.
    #[attr(computed)]
    arn: Option<String>,
    /// ARN of the family: whoever is given this uses its latest active revision.
    #[attr(computed)]
    arn_without_revision: Option<String>,
    /// Number of the revision.
    #[attr(computed)]
    revision: Option<i32>,
}

const FARGATE: &str = "FARGATE";

impl Resource for TaskDefinition {
    const CONSOLE: Option<&'static str> = Some("ecs/v2/task-definitions/{family}?region={region}");
    const SERVICE: &'static str = "ecs";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ecs", "task-definition/"));
    const EFFECTS: Effects =
        Effects { serves: Some("new tasks of it"), known_by: Some("its revision, the end of its ARN"), ..Effects::NONE };
    const IAM: Iam = Iam { passes_roles_to: &["ecs-tasks.amazonaws.com"], ..Iam::named("family", "", "") };
    const CALLS: Calls = Calls {
        read: &["ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"],
        create: &["ecs:RegisterTaskDefinition", "ecs:TagResource"],
        update: &["ecs:TagResource", "ecs:UntagResource"],
        delete: &["ecs:DeregisterTaskDefinition", "ecs:UntagResource"],
        read_cost: "1 per family and 100 active revisions of it: ListTaskDefinitions takes one family; and 1 per revision: DescribeTaskDefinition takes one. Where the tag index has the stack's revision that one and newer ones are described, else all that are active",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("skip_destroy", "it steers how Cairn works; AWS keeps nothing of it"),
        ("track_latest", "it steers how Cairn works; AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<TaskDefinition>>, Failure> {
        if let Some(arn) = scope.only() {
            return Ok(describe(aws, arn).await?.into_iter().collect());
        }
        let mut known: BTreeMap<String, i32> = scope.wanted_texts("family").into_iter().map(|family| (family, 0)).collect();
        for arn in scope.indexed::<TaskDefinition>(aws).await? {
            let Some((family, revision)) = parts(&arn) else { continue };
            let oldest = known.entry(family.to_string()).or_default();
            *oldest = if *oldest == 0 { revision } else { revision.min(*oldest) };
        }
        // The index lags: it may miss what was just registered, and holds what was deregistered.
        let read = known.into_iter().map(|(family, oldest)| async move {
            let active = active(aws, &family).await?;
            let there = active.iter().any(|arn| revision(arn) == oldest);
            let mine = active.iter().filter(|arn| !there || revision(arn) >= oldest);
            futures::future::try_join_all(mine.map(|arn| describe(aws, arn))).await
        });
        let read = futures::future::try_join_all(read).await?;
        Ok(read.into_iter().flatten().flatten().filter(|f| scope.owns(&f.tags)).collect())
    }

    async fn create(aws: &Aws, want: &TaskDefinition, making: &Making<'_>) -> Result<String, Failure> {
        let call = aws
            .ecs
            .register_task_definition()
            .family(&want.family)
            .set_container_definitions(Some(container_definitions::send(&want.container_definitions)?))
            .set_requires_compatibilities(words(&want.requires_compatibilities))
            .set_cpu(want.cpu.clone())
            .set_memory(want.memory.clone())
            .set_network_mode(want.network_mode.as_deref().map(Into::into))
            .set_execution_role_arn(want.execution_role_arn.clone())
            .set_task_role_arn(want.task_role_arn.clone())
            .set_ipc_mode(want.ipc_mode.as_deref().map(Into::into))
            .set_pid_mode(want.pid_mode.as_deref().map(Into::into))
            .set_enable_fault_injection(want.enable_fault_injection)
            .set_ephemeral_storage(want.ephemeral_storage.as_ref().map(Wire::send).transpose()?)
            .set_placement_constraints(sent(&want.placement_constraints)?)
            .set_proxy_configuration(want.proxy_configuration.as_ref().map(ProxyConfiguration::send).transpose()?)
            .set_runtime_platform(want.runtime_platform.as_ref().map(Wire::send).transpose()?)
            .set_volumes(sent(&want.volume)?)
            .set_tags(to_tags(&making.tags));
        // A role that was just made is not known everywhere yet: "Role is not valid".
        let passing = |f: &Failure| f.message.contains("Role is not valid");
        let made = wait::while_failing(making.run, "the task's roles to be known", Duration::from_secs(180), passing, || async {
            once!(aws_sdk_ecs, call.clone()).await.map_err(failed("ecs:RegisterTaskDefinition"))
        });
        let arn = made.await?.task_definition.and_then(|d| d.task_definition_arn);
        arn.ok_or_else(|| missing("ecs:RegisterTaskDefinition", "taskDefinitionArn"))
    }

    async fn delete(aws: &Aws, have: &Found<TaskDefinition>, removing: &Removing<'_, TaskDefinition>) -> Result<(), Failure> {
        if removing.config.as_ref().is_some_and(|c| c.skip_destroy) {
            // What is nobody's carries no mark, or there would be two revisions with one.
            let marks: Vec<String> = have.tags.keys().filter(|k| k.starts_with(TAG_PREFIX)).cloned().collect();
            return gone(tag(aws, &have.id, &Tags::new(), &marks).await);
        }
        let call = aws.ecs.deregister_task_definition().task_definition(&have.id);
        gone(call.send().await.map_err(failed("ecs:DeregisterTaskDefinition")))
    }

    async fn tag(aws: &Aws, have: &Found<TaskDefinition>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, &have.id, set, remove).await
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let refusals = unfit_for_fargate(config);
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

/// What AWS would refuse of a task for Fargate:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>
fn unfit_for_fargate(config: &Value) -> Vec<Refusal> {
    let wants = config.get("requires_compatibilities").and_then(Value::elements).unwrap_or_default();
    if !wants.iter().any(|w| w.as_str() == Some(FARGATE)) {
        return Vec::new();
    }
    let refusal = |attribute: &str, message: String| Refusal { attribute: attribute.into(), message };
    let mut all = Vec::new();
    for needed in ["cpu", "memory"] {
        if config.get(needed).is_none_or(Value::is_null) {
            all.push(refusal(needed, "is needed for Fargate".into()));
        }
    }
    match config.get("network_mode") {
        Some(mode) if mode.is_unknown() || mode.as_str() == Some("awsvpc") => {}
        _ => all.push(refusal("network_mode", "must be \"awsvpc\" for Fargate".into())),
    }
    if let (Some(cpu), Some(memory)) = (config.get_str("cpu").and_then(units), config.get_str("memory").and_then(mebibytes))
        && !fargate_sizes(cpu).contains(&memory)
    {
        all.push(refusal("memory", format!("of {memory} MiB does not go with {cpu} CPU units on Fargate")));
    }
    all
}

/// The memory sizes that Fargate has for a size of CPU.
fn fargate_sizes(cpu: i64) -> Vec<i64> {
    let steps = |first: i64, last: i64, step: usize| (first..=last).step_by(step).map(|gib| gib * 1024).collect();
    match cpu {
        256 => vec![512, 1024, 2048],
        512 => steps(1, 4, 1),
        1024 => steps(2, 8, 1),
        2048 => steps(4, 16, 1),
        4096 => steps(8, 30, 1),
        8192 => steps(16, 60, 4),
        16384 => steps(32, 120, 8),
        _ => Vec::new(),
    }
}

/// A size: a whole number of small units, or a number of large ones with their name.
fn size(text: &str, large: &str, small_in_large: f64) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    match text.strip_suffix(large) {
        // At most 192 GB: nothing is lost.
        #[allow(clippy::cast_possible_truncation)]
        Some(number) => number.trim().parse::<f64>().ok().map(|n| (n * small_in_large).round() as i64),
        None => text.parse().ok(),
    }
}

fn units(text: &str) -> Option<i64> {
    size(text, "vcpu", 1024.0)
}

fn mebibytes(text: &str) -> Option<i64> {
    size(text, "gb", 1024.0)
}

fn same_cpu(have: &Value, want: &Value) -> bool {
    have.as_str().and_then(units) == want.as_str().and_then(units)
}

fn same_memory(have: &Value, want: &Value) -> bool {
    have.as_str().and_then(mebibytes) == want.as_str().and_then(mebibytes)
}

fn cpu(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if units(text).is_none() => Err(format!("must be CPU units such as 256, or vCPUs such as \".25 vCPU\", not \"{text}\"")),
        _ => Ok(()),
    }
}

fn memory(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if mebibytes(text).is_none() => Err(format!("must be MiB such as 512, or GB such as \"0.5 GB\", not \"{text}\"")),
        _ => Ok(()),
    }
}

fn not_latest(value: &Value) -> Result<(), String> {
    match value.as_bool() {
        Some(true) => Err("can't be true: Cairn knows its revision by its mark, and takes no other's for it".into()),
        _ => Ok(()),
    }
}

/// RegisterTaskDefinition, `family`.
fn family(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.is_empty() || text.len() > 255 || !text.chars().all(fits) {
        return Err(format!("must be 1 to 255 letters, digits, hyphens and underscores, not \"{text}\""));
    }
    Ok(())
}

fn words<T: for<'a> From<&'a str>>(set: &BTreeSet<String>) -> Option<Vec<T>> {
    (!set.is_empty()).then(|| set.iter().map(|w| w.as_str().into()).collect())
}

/// Family and revision of an ARN.
fn parts(arn: &str) -> Option<(&str, i32)> {
    let (family, revision) = arn.split_once(":task-definition/")?.1.split_once(':')?;
    Some((family, revision.parse().ok()?))
}

fn revision(arn: &str) -> i32 {
    parts(arn).map_or(0, |(_, revision)| revision)
}

/// The ARNs of a family's active revisions.
async fn active(aws: &Aws, family: &str) -> Result<Vec<String>, Failure> {
    let call = aws.ecs.list_task_definitions().family_prefix(family).status(TaskDefinitionStatus::Active).sort(SortOrder::Desc);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let arns = pages.map_err(failed("ecs:ListTaskDefinitions"))?;
    Ok(arns.into_iter().filter(|arn| parts(arn).is_some_and(|(name, _)| name == family)).collect())
}

/// One revision; nothing where it is not active.
async fn describe(aws: &Aws, arn: &str) -> Result<Option<Found<TaskDefinition>>, Failure> {
    let call = aws.ecs.describe_task_definition().task_definition(arn).include(TaskDefinitionField::Tags);
    let answer = match absent(call.send().await.map_err(failed("ecs:DescribeTaskDefinition"))) {
        // AWS's code for one that is not there says nothing: ClientException.
        Err(f) if f.message.contains("Unable to describe task definition") => None,
        other => other?,
    };
    Ok(answer.and_then(found))
}

fn found(answer: DescribeTaskDefinitionOutput) -> Option<Found<TaskDefinition>> {
    let definition = answer.task_definition.filter(|d| d.status == Some(TaskDefinitionStatus::Active))?;
    Some(Found::new(definition.task_definition_arn.clone()?, value(&definition), from_tags(answer.tags)))
}

fn value(d: &types::TaskDefinition) -> TaskDefinition {
    let text = |t: &Option<String>| t.clone().filter(|t| !t.is_empty());
    let network_mode = d.network_mode.as_ref().map(|m| m.as_str().to_string());
    let direct = matches!(network_mode.as_deref(), Some("awsvpc" | "host"));
    TaskDefinition {
        family: d.family.clone().unwrap_or_default(),
        container_definitions: container_definitions::take(d.container_definitions(), direct),
        requires_compatibilities: d.requires_compatibilities().iter().map(|c| c.as_str().to_string()).collect(),
        cpu: text(&d.cpu),
        memory: text(&d.memory),
        network_mode,
        execution_role_arn: text(&d.execution_role_arn),
        task_role_arn: text(&d.task_role_arn),
        ipc_mode: d.ipc_mode.as_ref().map(|m| m.as_str().to_string()),
        pid_mode: d.pid_mode.as_ref().map(|m| m.as_str().to_string()),
        enable_fault_injection: Some(d.enable_fault_injection.unwrap_or_default()),
        skip_destroy: false,
        track_latest: false,
        ephemeral_storage: d.ephemeral_storage.as_ref().map(Wire::take),
        placement_constraints: d.placement_constraints().iter().map(Wire::take).collect(),
        proxy_configuration: d.proxy_configuration.as_ref().map(ProxyConfiguration::take),
        runtime_platform: d.runtime_platform.as_ref().map(Wire::take),
        volume: d.volumes().iter().map(Wire::take).collect(),
        arn: d.task_definition_arn.clone(),
        arn_without_revision: d.task_definition_arn.as_deref().and_then(|a| a.rsplit_once(':')).map(|(family, _)| family.to_string()),
        revision: Some(d.revision),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_compared_by_what_they_are() {
        let (a, b) = (Value::string("256"), Value::string(".25 vCPU"));
        assert!(same_cpu(&a, &b) && !same_cpu(&a, &Value::string("1 vCPU")));
        assert!(same_memory(&Value::string("512"), &Value::string("0.5GB")) && !same_memory(&Value::string("512"), &Value::string("1 GB")));
        assert!(cpu(&Value::string("much")).is_err() && memory(&Value::string("1 TB")).is_err());
    }

    fn task(cpu: &str, memory: &str, mode: &str) -> Value {
        Value::object(BTreeMap::from([
            ("requires_compatibilities".to_string(), Value::set(vec![Value::string(FARGATE)])),
            ("cpu".to_string(), Value::string(cpu)),
            ("memory".to_string(), Value::string(memory)),
            ("network_mode".to_string(), Value::string(mode)),
        ]))
    }

    #[test]
    fn what_fargate_would_refuse_is_refused_at_plan() {
        let refused = |config: &Value| unfit_for_fargate(config).into_iter().map(|r| r.attribute).collect::<Vec<_>>();
        assert!(refused(&task("256", "0.5 GB", "awsvpc")).is_empty());
        assert!(refused(&task("16 vCPU", "120 GB", "awsvpc")).is_empty());
        assert_eq!(refused(&task("256", "4096", "awsvpc")), ["memory"]);
        assert_eq!(refused(&task("300", "512", "bridge")), ["network_mode", "memory"]);
        assert_eq!(refused(&task("256", "512", "awsvpc").with("cpu", Value::null())), ["cpu"]);
        assert!(refused(&task("256", "4096", "bridge").with("requires_compatibilities", Value::null())).is_empty());
    }

    #[test]
    fn arns_tell_family_and_revision() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/drift:17";
        assert_eq!(parts(arn), Some(("drift", 17)));
        assert_eq!(parts("arn:aws:ecs:us-east-1:123456789012:cluster/drift"), None);
    }
}
