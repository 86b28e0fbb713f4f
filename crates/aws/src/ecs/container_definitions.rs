//! Containers of a task, as the JSON of `container_definitions` has them: AWS's own names, in `camelCase`.
//!
//! The words are those of <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>; one that is
//! not known is an error.

use crate::wire::Wire;
use aws_sdk_ecs::types;
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Declares what JSON holds and how it becomes a type of the SDK and back: `field: Type => kind sdk_field set_sdk_field`, as
/// [`wire!`](crate::wire::wire) does for blocks.
macro_rules! part {
    ($(#[$m:meta])* $name:ident => $how:ident $sdk:ident { $($field:ident: $ty:ty => $kind:tt $get:ident $set:ident,)* }) => {
        $(#[$m])*
        #[derive(serde::Deserialize, serde::Serialize, Clone, Debug, PartialEq)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct $name { $($field: $ty,)* }

        impl Wire for $name {
            type Sdk = types::$sdk;
            fn send(&self) -> Result<Self::Sdk, Failure> {
                let builder = types::$sdk::builder()$(.$set($crate::wire::put!($kind self.$field)))*;
                Ok($crate::wire::wire!(@build $how builder))
            }
            fn take(sdk: &Self::Sdk) -> $name {
                $name { $($field: $crate::wire::got!($kind sdk.$get),)* }
            }
        }
    };
}

type Texts = Option<Vec<String>>;
type Pairs = Option<BTreeMap<String, String>>;

part! {
    /// A container.
    Container => plain ContainerDefinition {
        name: String => (text_or "") name set_name,
        image: String => (text_or "") image set_image,
        repository_credentials: Option<RepositoryCredentials> => one repository_credentials set_repository_credentials,
        cpu: Option<i32> => (opt_or 0) cpu set_cpu,
        memory: Option<i32> => same memory set_memory,
        memory_reservation: Option<i32> => same memory_reservation set_memory_reservation,
        links: Texts => same links set_links,
        port_mappings: Option<Vec<PortMapping>> => list_opt port_mappings set_port_mappings,
        essential: Option<bool> => same essential set_essential,
        restart_policy: Option<RestartPolicy> => one restart_policy set_restart_policy,
        entry_point: Texts => same entry_point set_entry_point,
        command: Texts => same command set_command,
        environment: Option<Vec<Variable>> => list_opt environment set_environment,
        environment_files: Option<Vec<EnvironmentFile>> => list_opt environment_files set_environment_files,
        mount_points: Option<Vec<MountPoint>> => list_opt mount_points set_mount_points,
        volumes_from: Option<Vec<VolumesFrom>> => list_opt volumes_from set_volumes_from,
        linux_parameters: Option<LinuxParameters> => one linux_parameters set_linux_parameters,
        secrets: Option<Vec<Secret>> => list_opt secrets set_secrets,
        depends_on: Option<Vec<Dependency>> => list_opt depends_on set_depends_on,
        start_timeout: Option<i32> => same start_timeout set_start_timeout,
        stop_timeout: Option<i32> => same stop_timeout set_stop_timeout,
        version_consistency: Option<String> => text_opt version_consistency set_version_consistency,
        hostname: Option<String> => text_opt hostname set_hostname,
        user: Option<String> => text_opt user set_user,
        working_directory: Option<String> => text_opt working_directory set_working_directory,
        disable_networking: Option<bool> => same disable_networking set_disable_networking,
        privileged: Option<bool> => same privileged set_privileged,
        readonly_root_filesystem: Option<bool> => same readonly_root_filesystem set_readonly_root_filesystem,
        dns_servers: Texts => same dns_servers set_dns_servers,
        dns_search_domains: Texts => same dns_search_domains set_dns_search_domains,
        extra_hosts: Option<Vec<ExtraHost>> => list_opt extra_hosts set_extra_hosts,
        docker_security_options: Texts => same docker_security_options set_docker_security_options,
        interactive: Option<bool> => same interactive set_interactive,
        pseudo_terminal: Option<bool> => same pseudo_terminal set_pseudo_terminal,
        docker_labels: Pairs => map_opt docker_labels set_docker_labels,
        ulimits: Option<Vec<Limit>> => list_opt ulimits set_ulimits,
        log_configuration: Option<LogConfiguration> => one log_configuration set_log_configuration,
        health_check: Option<HealthCheck> => one health_check set_health_check,
        system_controls: Option<Vec<SystemControl>> => list_opt system_controls set_system_controls,
        resource_requirements: Option<Vec<Requirement>> => list_opt resource_requirements set_resource_requirements,
        firelens_configuration: Option<Firelens> => one firelens_configuration set_firelens_configuration,
        credential_specs: Texts => same credential_specs set_credential_specs,
    }
}

part! {
    /// The secret that opens a private registry.
    RepositoryCredentials => try RepositoryCredentials {
        credentials_parameter: String => text credentials_parameter set_credentials_parameter,
    }
}

part! {
    /// A port.
    PortMapping => plain PortMapping {
        container_port: Option<i32> => same container_port set_container_port,
        host_port: Option<i32> => same host_port set_host_port,
        protocol: Option<String> => text_opt protocol set_protocol,
        name: Option<String> => text_opt name set_name,
        app_protocol: Option<String> => text_opt app_protocol set_app_protocol,
        container_port_range: Option<String> => text_opt container_port_range set_container_port_range,
    }
}

part! {
    /// When a container is started again.
    RestartPolicy => try ContainerRestartPolicy {
        enabled: bool => plain enabled set_enabled,
        ignored_exit_codes: Option<Vec<i32>> => same ignored_exit_codes set_ignored_exit_codes,
        restart_attempt_period: Option<i32> => same restart_attempt_period set_restart_attempt_period,
    }
}

part! {
    /// A variable of the environment.
    Variable => plain KeyValuePair {
        name: Option<String> => text_opt name set_name,
        value: Option<String> => text_opt value set_value,
    }
}

part! {
    /// A file of variables.
    EnvironmentFile => try EnvironmentFile {
        value: String => text value set_value,
        r#type: String => text r#type set_type,
    }
}

part! {
    /// A volume of the task, in the container.
    MountPoint => plain MountPoint {
        source_volume: Option<String> => text_opt source_volume set_source_volume,
        container_path: Option<String> => text_opt container_path set_container_path,
        read_only: Option<bool> => same read_only set_read_only,
    }
}

part! {
    /// The volumes of another container.
    VolumesFrom => plain VolumeFrom {
        source_container: Option<String> => text_opt source_container set_source_container,
        read_only: Option<bool> => same read_only set_read_only,
    }
}

part! {
    /// What Linux allows it.
    LinuxParameters => plain LinuxParameters {
        capabilities: Option<Capabilities> => one capabilities set_capabilities,
        devices: Option<Vec<Device>> => list_opt devices set_devices,
        init_process_enabled: Option<bool> => same init_process_enabled set_init_process_enabled,
        shared_memory_size: Option<i32> => same shared_memory_size set_shared_memory_size,
        tmpfs: Option<Vec<Tmpfs>> => list_opt tmpfs set_tmpfs,
        max_swap: Option<i32> => same max_swap set_max_swap,
        swappiness: Option<i32> => same swappiness set_swappiness,
    }
}

part! {
    /// Linux capabilities.
    Capabilities => plain KernelCapabilities {
        add: Texts => same add set_add,
        drop: Texts => same drop set_drop,
    }
}

part! {
    /// A device of the host.
    Device => try Device {
        host_path: String => text host_path set_host_path,
        container_path: Option<String> => text_opt container_path set_container_path,
        permissions: Texts => words_opt permissions set_permissions,
    }
}

part! {
    /// A file system in memory.
    Tmpfs => try Tmpfs {
        container_path: String => text container_path set_container_path,
        size: i32 => plain size set_size,
        mount_options: Texts => same mount_options set_mount_options,
    }
}

part! {
    /// A value that is fetched when the container starts.
    Secret => try Secret {
        name: String => text name set_name,
        value_from: String => text value_from set_value_from,
    }
}

part! {
    /// A container that has to be there first.
    Dependency => try ContainerDependency {
        container_name: String => text container_name set_container_name,
        condition: String => text condition set_condition,
    }
}

part! {
    /// A line of `/etc/hosts`.
    ExtraHost => try HostEntry {
        hostname: String => text hostname set_hostname,
        ip_address: String => text ip_address set_ip_address,
    }
}

part! {
    /// A limit of the kernel.
    Limit => try Ulimit {
        name: String => text name set_name,
        soft_limit: i32 => plain soft_limit set_soft_limit,
        hard_limit: i32 => plain hard_limit set_hard_limit,
    }
}

part! {
    /// Where output goes.
    LogConfiguration => try LogConfiguration {
        log_driver: String => text log_driver set_log_driver,
        options: Pairs => map_opt options set_options,
        secret_options: Option<Vec<Secret>> => list_opt secret_options set_secret_options,
    }
}

part! {
    /// How health is told.
    HealthCheck => try HealthCheck {
        command: Vec<String> => texts command set_command,
        interval: Option<i32> => same interval set_interval,
        timeout: Option<i32> => same timeout set_timeout,
        retries: Option<i32> => same retries set_retries,
        start_period: Option<i32> => same start_period set_start_period,
    }
}

part! {
    /// A parameter of the kernel.
    SystemControl => plain SystemControl {
        namespace: Option<String> => text_opt namespace set_namespace,
        value: Option<String> => text_opt value set_value,
    }
}

part! {
    /// GPUs and accelerators.
    Requirement => try ResourceRequirement {
        value: String => text value set_value,
        r#type: String => text r#type set_type,
    }
}

part! {
    /// A router of logs.
    Firelens => try FirelensConfiguration {
        r#type: String => text r#type set_type,
        options: Pairs => map_opt options set_options,
    }
}

fn parse(text: &str) -> Result<Vec<Container>, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

/// Containers as the SDK wants them.
pub fn send(text: &str) -> Result<Vec<types::ContainerDefinition>, Failure> {
    let containers = parse(text).map_err(|e| Failure::new(FailureKind::Invalid, format!("container_definitions: {e}")))?;
    containers.iter().map(Wire::send).collect()
}

/// Containers as AWS has them. With a network of the task's own or the host's (`direct`) every port of a container is the one of
/// the host, which AWS writes down and which says nothing.
pub fn take(containers: &[types::ContainerDefinition], direct: bool) -> String {
    let containers = containers.iter().map(Container::take).map(|mut container| {
        for port in container.port_mappings.iter_mut().flatten().filter(|p| direct && p.host_port == p.container_port) {
            port.host_port = None;
        }
        container
    });
    Json::Array(containers.map(|c| pruned(&json(&c))).collect()).to_string()
}

/// What a list of containers must hold.
pub fn check(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match parse(text) {
        Ok(containers) if containers.is_empty() => Err("must hold a container".into()),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("must be a list of container definitions in JSON, with AWS's names: {error}")),
    }
}

/// Containers that mean the same: with AWS's defaults filled in, whatever the order of containers, variables, secrets and
/// dependencies. `have` is as [`take`] gives it.
pub fn same(have: &Value, want: &Value) -> bool {
    let (Some(Ok(have)), Some(Ok(want))) = (have.as_str().map(parse), want.as_str().map(parse)) else { return have == want };
    let (have, mut want) = (canonical(&have), canonical(&want));
    for (have, want) in have.iter().zip(&mut want) {
        let ports = |c: &Json| c["portMappings"].as_array().cloned().unwrap_or_default();
        let aligned: Vec<Json> = ports(have).iter().zip(ports(want)).map(|(have, want)| with_host_port(have, want)).collect();
        if !aligned.is_empty() && aligned.len() == ports(want).len() {
            want["portMappings"] = Json::Array(aligned);
        }
    }
    have == want
}

/// A wanted port as AWS has it. Where AWS has none of the host, the container's own is meant; else, left out, a free one is.
fn with_host_port(have: &Json, mut want: Json) -> Json {
    let own = [Json::from(0), want["containerPort"].clone()];
    match (have.get("hostPort"), want.as_object_mut()) {
        (None, Some(port)) if port.get("hostPort").is_some_and(|p| own.contains(p)) => {
            port.remove("hostPort");
        }
        (Some(_), Some(port)) => {
            port.entry("hostPort").or_insert(Json::from(0));
        }
        _ => {}
    }
    want
}

fn json(container: &Container) -> Json {
    // Texts, numbers and lists only: nothing in it can fail.
    serde_json::to_value(container).unwrap_or_default()
}

/// Without what is left out, or says nothing.
fn pruned(value: &Json) -> Json {
    let empty = |v: &Json| v.is_null() || v.as_array().is_some_and(Vec::is_empty) || v.as_object().is_some_and(Map::is_empty);
    match value {
        Json::Object(entries) => {
            let kept = entries.iter().filter(|(_, v)| !empty(v)).map(|(k, v)| (k.clone(), pruned(v)));
            Json::Object(kept.filter(|(k, v)| !(k == "cpu" && *v == 0)).collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(pruned).collect()),
        other => other.clone(),
    }
}

/// What AWS fills in, by the place that it fills it into.
const DEFAULTS: &[(&str, &str, i64)] = &[("healthCheck", "interval", 30), ("healthCheck", "timeout", 5), ("healthCheck", "retries", 3)];
/// Lists without order, and the name that their items are sorted by.
const SETS: &[(&str, &str)] = &[("environment", "name"), ("secrets", "name"), ("dependsOn", "containerName")];
/// Switches that are off when they are left out.
const OFF: &[&str] = &["disableNetworking", "privileged", "readonlyRootFilesystem", "interactive", "pseudoTerminal", "readOnly"];

/// One form of the many that mean the same.
fn canonical(containers: &[Container]) -> Vec<Json> {
    let mut all: Vec<Json> = containers.iter().map(|c| without_off(&pruned(&json(c)))).map(with_defaults).collect();
    all.sort_by_key(|c| c["name"].to_string());
    all
}

fn without_off(value: &Json) -> Json {
    match value {
        Json::Object(entries) => {
            let kept = entries.iter().filter(|(k, v)| !(OFF.contains(&k.as_str()) && **v == false));
            Json::Object(kept.map(|(k, v)| (k.clone(), without_off(v))).collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(without_off).collect()),
        other => other.clone(),
    }
}

fn with_defaults(mut container: Json) -> Json {
    if let Some(entries) = container.as_object_mut() {
        entries.entry("essential").or_insert(Json::Bool(true));
    }
    for (block, name, default) in DEFAULTS {
        if let Some(entries) = container.get_mut(*block).and_then(Json::as_object_mut) {
            entries.entry(*name).or_insert(Json::from(*default));
        }
    }
    for port in container.get_mut("portMappings").and_then(Json::as_array_mut).into_iter().flatten().filter_map(Json::as_object_mut) {
        port.entry("protocol").or_insert(Json::from("tcp"));
    }
    for (list, name) in SETS {
        if let Some(items) = container.get_mut(*list).and_then(Json::as_array_mut) {
            items.sort_by_key(|item| item[*name].to_string());
        }
    }
    container
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(have: &str, want: &str) -> bool {
        same(&Value::string(have), &Value::string(want))
    }

    fn container(more: &str) -> String {
        format!(r#"[{{"name": "a", "image": "b"{more}}}]"#)
    }

    /// What AWS makes of it, as far as it fills in what is left out.
    fn read(text: &str, direct: bool) -> String {
        take(&send(text).expect("containers"), direct)
    }

    #[test]
    fn what_is_sent_is_read_back() {
        let text = r#"[{"name": "a", "image": "b", "cpu": 10, "memory": 128, "essential": false, "command": ["x"],
            "portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "udp"}], "dockerLabels": {"k": "v"},
            "environment": [{"name": "N", "value": "V"}], "secrets": [{"name": "S", "valueFrom": "arn"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}},
            "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "devices": [{"hostPath": "/d", "permissions": ["read"]}]},
            "healthCheck": {"command": ["CMD", "true"], "startPeriod": 9}, "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
            "dependsOn": [{"containerName": "c", "condition": "START"}], "readonlyRootFilesystem": true}]"#;
        let (have, want): (Json, Json) =
            (serde_json::from_str(&read(text, true)).expect("JSON"), serde_json::from_str(text).expect("JSON"));
        assert_eq!(have, want);
    }

    #[test]
    fn what_aws_fills_in_is_no_difference() {
        let filled = container(
            r#", "cpu": 0, "essential": true, "portMappings": [], "environment": [], "mountPoints": [], "volumesFrom": [], "systemControls": []"#,
        );
        assert!(alike(&filled, &container("")));
        let check = |more: &str| container(&format!(r#", "healthCheck": {{"command": ["CMD", "true"]{more}}}"#));
        assert!(alike(&check(r#", "interval": 30, "timeout": 5, "retries": 3"#), &check("")));
        assert!(!alike(&check(r#", "interval": 60, "timeout": 5, "retries": 3"#), &check("")));
        assert!(alike(&container(r#", "privileged": false"#), &container("")));
        assert!(!alike(&container(r#", "essential": false"#), &container("")));
        assert!(!alike(&container(r#", "essential": true"#), &container(r#", "essential": false"#)));
    }

    #[test]
    fn order_counts_where_it_does_for_aws() {
        let variables = |a: &str, b: &str| {
            container(&format!(r#", "environment": [{{"name": "{a}", "value": "1"}}, {{"name": "{b}", "value": "1"}}]"#))
        };
        assert!(alike(&variables("A", "B"), &variables("B", "A")));
        let command = |a: &str, b: &str| container(&format!(r#", "command": ["{a}", "{b}"]"#));
        assert!(!alike(&command("x", "y"), &command("y", "x")));
        let two = |a: &str, b: &str| format!(r#"[{{"name": "{a}", "image": "i"}}, {{"name": "{b}", "image": "i"}}]"#);
        assert!(alike(&two("a", "b"), &two("b", "a")));
    }

    #[test]
    fn a_port_of_the_host_is_the_containers_own_or_a_free_one() {
        let port = |more: &str| container(&format!(r#", "portMappings": [{{"containerPort": 80{more}}}]"#));
        let (own, free, other) =
            (port(r#", "hostPort": 80, "protocol": "tcp""#), port(r#", "hostPort": 0"#), port(r#", "hostPort": 8080"#));
        let direct = read(&own, true);
        for want in [port(""), own.clone(), free.clone()] {
            assert!(alike(&direct, &want), "{want}");
        }
        assert!(!alike(&direct, &other));
        // On a bridge, a port that is left out is a free one.
        assert!(alike(&read(&free, false), &port("")));
        assert!(!alike(&read(&own, false), &port("")) && !alike(&read(&free, false), &own));
        assert!(alike(&read(&own, false), &own));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        let judged = |text: &str| check(&Value::string(text));
        assert!(judged(&container("")).is_ok());
        for wrong in ["[]", "{", r#"[{"name": "a"}]"#, &container(r#", "Memory": 5"#), &container(r#", "memory": "5""#)] {
            assert!(judged(wrong).is_err(), "{wrong}");
        }
    }
}
