//! What a schedule starts.

use crate::wire::{Wire, sent, unbuilt, wire};
use aws_sdk_scheduler::types::{self, AssignPublicIp};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_model::check::arn;
use cairn_model::{between, equality, length, one_of};
use std::collections::{BTreeMap, BTreeSet, HashMap};

wire! {
    /// What a schedule starts.
    Target => try Target {
        /// ARN of the cluster, queue, function, or of an API's operation.
        #[attr(required, check = arn)]
        arn: String => text arn set_arn,
        /// Role that starts it.
        #[attr(required, check = arn)]
        role_arn: String => text role_arn set_role_arn,
        /// What the target is told: JSON for most.
        #[attr(optional)]
        input: Option<String> => text_opt input set_input,
        /// Where what could not be delivered goes.
        #[block]
        dead_letter_config: Option<DeadLetterConfig> => one dead_letter_config set_dead_letter_config,
        /// For a cluster: the task.
        #[block]
        ecs_parameters: Option<EcsParameters> => one ecs_parameters set_ecs_parameters,
        /// For an event bus: the event.
        #[block]
        eventbridge_parameters: Option<EventBridgeParameters> => one event_bridge_parameters set_event_bridge_parameters,
        /// For a Kinesis stream: the record.
        #[block]
        kinesis_parameters: Option<KinesisParameters> => one kinesis_parameters set_kinesis_parameters,
        /// How often what fails is tried again.
        #[block]
        retry_policy: Option<RetryPolicy> => one retry_policy set_retry_policy,
        /// For a SageMaker pipeline: its parameters.
        #[block]
        sagemaker_pipeline_parameters: Option<PipelineParameters> => one sage_maker_pipeline_parameters set_sage_maker_pipeline_parameters,
        /// For a queue: the message.
        #[block]
        sqs_parameters: Option<SqsParameters> => one sqs_parameters set_sqs_parameters,
    }
}

wire! {
    /// Where what could not be delivered goes.
    DeadLetterConfig => plain DeadLetterConfig {
        /// ARN of the queue.
        #[attr(required, check = arn)]
        arn: String => (text_or "") arn set_arn,
    }
}

wire! {
    /// How often what fails is tried again.
    RetryPolicy => plain RetryPolicy {
        /// Seconds after which it is given up.
        #[attr(default = 86400, check = between!(60, 86_400))]
        maximum_event_age_in_seconds: i32 => (number_or 86400) maximum_event_age_in_seconds set_maximum_event_age_in_seconds,
        /// Tries after the first.
        #[attr(default = 185, check = between!(0, 185))]
        maximum_retry_attempts: i32 => (number_or 185) maximum_retry_attempts set_maximum_retry_attempts,
    }
}

wire! {
    /// The event.
    EventBridgeParameters => try EventBridgeParameters {
        /// Its `detail-type`.
        #[attr(required, check = length!(1, 128))]
        detail_type: String => text detail_type set_detail_type,
        /// Its `source`.
        #[attr(required, check = length!(1, 256))]
        source: String => text source set_source,
    }
}

wire! {
    /// The record.
    KinesisParameters => try KinesisParameters {
        /// Its partition key.
        #[attr(required, check = length!(1, 256))]
        partition_key: String => text partition_key set_partition_key,
    }
}

wire! {
    /// The parameters of a SageMaker pipeline.
    PipelineParameters => plain SageMakerPipelineParameters {
        /// A parameter.
        #[block(max = 200)]
        pipeline_parameter: BTreeSet<PipelineParameter> => many_opt pipeline_parameter_list set_pipeline_parameter_list,
    }
}

wire! {
    /// A parameter of a SageMaker pipeline.
    PipelineParameter => try SageMakerPipelineParameter {
        /// Its name.
        #[attr(required, check = length!(1, 256))]
        name: String => text name set_name,
        /// Its value.
        #[attr(required, check = length!(1, 1024))]
        value: String => text value set_value,
    }
}

wire! {
    /// The message.
    SqsParameters => plain SqsParameters {
        /// Its group, for a queue that keeps order.
        #[attr(optional, check = length!(1, 128))]
        message_group_id: Option<String> => text_opt message_group_id set_message_group_id,
    }
}

/// The task that is started in a cluster.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EcsParameters {
    /// ARN of the task definition: of a revision, or of the family for its latest.
    #[attr(required, check = arn)]
    task_definition_arn: String,
    /// How many.
    #[attr(default = 1, check = between!(1, 10))]
    task_count: i32,
    /// `EC2`, `FARGATE` or `EXTERNAL`.
    #[attr(optional, check = one_of!("EC2", "FARGATE", "EXTERNAL"))]
    launch_type: Option<String>,
    /// Platform version of Fargate, such as `1.4.0`.
    #[attr(optional, check = length!(1, 64))]
    platform_version: Option<String>,
    /// Name that services and rules can know the tasks by.
    #[attr(optional, check = length!(1, 255))]
    group: Option<String>,
    /// Tag tasks with cluster and service.
    #[attr(default = false)]
    enable_ecs_managed_tags: bool,
    /// Commands may be run in the containers.
    #[attr(default = false)]
    enable_execute_command: bool,
    /// Whose tags the tasks get: `TASK_DEFINITION`.
    #[attr(optional, check = one_of!("TASK_DEFINITION"))]
    propagate_tags: Option<String>,
    /// Reference id of the tasks.
    #[attr(optional, check = length!(0, 1024))]
    reference_id: Option<String>,
    /// Tags of the tasks.
    #[attr(optional)]
    tags: BTreeMap<String, String>,
    /// Capacity providers, in place of a launch type.
    #[block(max = 6)]
    capacity_provider_strategy: BTreeSet<CapacityProvider>,
    /// Network of tasks with `awsvpc`.
    #[block]
    network_configuration: Option<Network>,
    /// Rules on where tasks run; not on Fargate.
    #[block(max = 10)]
    placement_constraints: BTreeSet<PlacementConstraint>,
    /// How tasks are spread over instances; not on Fargate.
    #[block(max = 5)]
    placement_strategy: BTreeSet<PlacementStrategy>,
}

wire! {
    /// A capacity provider.
    CapacityProvider => try CapacityProviderStrategyItem {
        /// Its name.
        #[attr(required, check = length!(1, 255))]
        capacity_provider: String => text capacity_provider set_capacity_provider,
        /// Tasks that it gets before the others do.
        #[attr(default = 0, check = between!(0, 100_000))]
        base: i32 => plain base set_base,
        /// Its part of the others.
        #[attr(default = 0, check = between!(0, 1_000))]
        weight: i32 => plain weight set_weight,
    }
}

wire! {
    /// A rule on where tasks run.
    PlacementConstraint => plain PlacementConstraint {
        /// `distinctInstance` or `memberOf`.
        #[attr(required, check = one_of!("distinctInstance", "memberOf"))]
        r#type: String => (text_or "") r#type set_type,
        /// Expression in the cluster query language.
        #[attr(optional, check = length!(1, 2000))]
        expression: Option<String> => text_opt expression set_expression,
    }
}

wire! {
    /// How tasks are spread over instances.
    PlacementStrategy => plain PlacementStrategy {
        /// `random`, `spread` or `binpack`.
        #[attr(required, check = one_of!("random", "spread", "binpack"))]
        r#type: String => (text_or "") r#type set_type,
        /// What they are spread over, such as `attribute:ecs.availability-zone`.
        #[attr(optional, equal = equality::ignore_case)]
        field: Option<String> => text_opt field set_field,
    }
}

/// Network of tasks with `awsvpc`.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Subnets.
    #[attr(required)]
    subnets: BTreeSet<String>,
    /// Security groups; the VPC's default one where there are none.
    #[attr(optional)]
    security_groups: BTreeSet<String>,
    /// Give tasks a public IPv4 address.
    #[attr(default = false)]
    assign_public_ip: bool,
}

impl Wire for Network {
    type Sdk = types::NetworkConfiguration;

    fn send(&self) -> Result<types::NetworkConfiguration, Failure> {
        let public = if self.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
        let vpc = types::AwsVpcConfiguration::builder()
            .set_subnets(crate::wire::put!(texts self.subnets))
            .set_security_groups(crate::wire::put!(texts_opt self.security_groups))
            .assign_public_ip(public)
            .build()
            .map_err(unbuilt)?;
        Ok(types::NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
    }

    fn take(sdk: &types::NetworkConfiguration) -> Network {
        let vpc = sdk.awsvpc_configuration.as_ref();
        let set = |texts: &[String]| texts.iter().cloned().collect();
        Network {
            subnets: vpc.map(|v| set(v.subnets())).unwrap_or_default(),
            security_groups: vpc.map(|v| set(v.security_groups())).unwrap_or_default(),
            assign_public_ip: vpc.and_then(|v| v.assign_public_ip.as_ref()) == Some(&AssignPublicIp::Enabled),
        }
    }
}

impl Wire for EcsParameters {
    type Sdk = types::EcsParameters;

    fn send(&self) -> Result<types::EcsParameters, Failure> {
        let pair = |(k, v): (&String, &String)| HashMap::from([("key".to_string(), k.clone()), ("value".to_string(), v.clone())]);
        types::EcsParameters::builder()
            .task_definition_arn(&self.task_definition_arn)
            .task_count(self.task_count)
            .set_launch_type(self.launch_type.as_deref().map(Into::into))
            .set_platform_version(self.platform_version.clone())
            .set_group(self.group.clone())
            .enable_ecs_managed_tags(self.enable_ecs_managed_tags)
            .enable_execute_command(self.enable_execute_command)
            .set_propagate_tags(self.propagate_tags.as_deref().map(Into::into))
            .set_reference_id(self.reference_id.clone())
            .set_tags((!self.tags.is_empty()).then(|| self.tags.iter().map(pair).collect()))
            .set_capacity_provider_strategy(sent(&self.capacity_provider_strategy)?)
            .set_network_configuration(self.network_configuration.as_ref().map(Network::send).transpose()?)
            .set_placement_constraints(sent(&self.placement_constraints)?)
            .set_placement_strategy(sent(&self.placement_strategy)?)
            .build()
            .map_err(unbuilt)
    }

    fn take(sdk: &types::EcsParameters) -> EcsParameters {
        let pair = |p: &HashMap<String, String>| Some((p.get("key")?.clone(), p.get("value").cloned().unwrap_or_default()));
        EcsParameters {
            task_definition_arn: sdk.task_definition_arn.clone(),
            task_count: sdk.task_count.unwrap_or(1),
            launch_type: crate::wire::got!(text_opt sdk.launch_type),
            platform_version: sdk.platform_version.clone(),
            group: sdk.group.clone(),
            enable_ecs_managed_tags: sdk.enable_ecs_managed_tags.unwrap_or_default(),
            enable_execute_command: sdk.enable_execute_command.unwrap_or_default(),
            propagate_tags: crate::wire::got!(text_opt sdk.propagate_tags),
            reference_id: sdk.reference_id.clone(),
            tags: sdk.tags().iter().filter_map(pair).collect(),
            capacity_provider_strategy: sdk.capacity_provider_strategy().iter().map(Wire::take).collect(),
            network_configuration: sdk.network_configuration.as_ref().map(Network::take),
            placement_constraints: sdk.placement_constraints().iter().map(Wire::take).collect(),
            placement_strategy: sdk.placement_strategy().iter().map(Wire::take).collect(),
        }
    }
}
