"""Clusters, task definitions, and the schedules that start tasks and other things."""

from datetime import datetime, timezone

from .matrix import camel, case, cases, tagging

CLUSTER, TASK = "aws_ecs_cluster.main", "aws_ecs_task_definition.main"
FARGATE, INSTANCES = "aws_scheduler_schedule.fargate", "aws_scheduler_schedule.instances"
OTHER_KEY = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222"
OTHER_QUEUE = "arn:aws:sqs:us-east-1:123456789012:by-hand"
OTHER_TASK = "arn:aws:ecs:us-east-1:123456789012:task-definition/by-hand:1"

EXECUTION, STORAGE = "configuration.execute_command_configuration", "configuration.managed_storage_configuration"
ECS, WINDOW = "target.ecs_parameters", "flexible_time_window"
NETWORK = f"{ECS}.network_configuration"
SETTABLE = ["Name", "GroupName", "Description", "EndDate", "FlexibleTimeWindow", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone"]
SETTABLE += ["StartDate", "State", "Target"]


def lower(name):
    """The word as ECS writes it."""
    word = camel(name)
    return word[:1].lower() + word[1:]


def cluster(aws, values, change):
    ecs = aws.client("ecs")
    [data] = ecs.describe_clusters(clusters=[values["name"]], include=["CONFIGURATIONS", "SETTINGS"])["clusters"]
    data = {k: data[k] for k in ("configuration", "serviceConnectDefaults", "settings")}
    change(data)
    ecs.update_cluster(cluster=values["name"], **data)


def schedule(aws, values, change):
    scheduler = aws.client("scheduler")
    data = scheduler.get_schedule(Name=values["name"])
    data = {k: v for k, v in data.items() if k in SETTABLE}
    change(data)
    scheduler.update_schedule(**data)


def tag(aws, values, key, value):
    aws.client("ecs").tag_resource(resourceArn=values["arn"], tags=[{"key": key, "value": value}])


@case(FARGATE, f"{WINDOW}.mode", f"{WINDOW}.maximum_window_in_minutes")
def no_window(aws, values):
    schedule(aws, values, lambda data: data.update(FlexibleTimeWindow={"Mode": "OFF"}))


def of_task(argument):
    """Where the API has an argument of a task in a schedule."""
    return f"Target.EcsParameters.{argument}"


CASES = [
    *cases(
        CLUSTER,
        cluster,
        {
            f"{EXECUTION}.kms_key_id": OTHER_KEY,
            f"{EXECUTION}.logging": "DEFAULT",
            f"{EXECUTION}.log_configuration.cloud_watch_log_group_name": "/by-hand",
            f"{EXECUTION}.log_configuration.cloud_watch_encryption_enabled": False,
            f"{EXECUTION}.log_configuration.s3_bucket_name": "by-hand",
            f"{EXECUTION}.log_configuration.s3_bucket_encryption_enabled": (
                "configuration.executeCommandConfiguration.logConfiguration.s3EncryptionEnabled",
                False,
            ),
            f"{EXECUTION}.log_configuration.s3_key_prefix": "by-hand",
            f"{STORAGE}.fargate_ephemeral_storage_kms_key_id": OTHER_KEY,
            f"{STORAGE}.kms_key_id": OTHER_KEY,
            "service_connect_defaults.namespace": "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-by-hand",
            "setting.value": ("settings.value", "disabled"),
        },
        lower,
    ),
    tagging(CLUSTER, tag),
    tagging(TASK, tag),
    *cases(
        FARGATE,
        schedule,
        {
            "description": "By hand",
            "schedule_expression": "rate(2 days)",
            "schedule_expression_timezone": "UTC",
            "start_date": datetime(2099, 2, 1, tzinfo=timezone.utc),
            "end_date": datetime(2099, 11, 30, tzinfo=timezone.utc),
            "state": "DISABLED",
            "kms_key_arn": OTHER_KEY,
            f"{WINDOW}.maximum_window_in_minutes": 30,
            "target.arn": "arn:aws:ecs:us-east-1:123456789012:cluster/by-hand",
            "target.role_arn": "arn:aws:iam::123456789012:role/by-hand",
            "target.input": "{}",
            "target.dead_letter_config.arn": OTHER_QUEUE,
            "target.retry_policy.maximum_event_age_in_seconds": 60,
            "target.retry_policy.maximum_retry_attempts": 0,
            f"{ECS}.task_definition_arn": OTHER_TASK,
            f"{ECS}.task_count": 3,
            f"{ECS}.launch_type": "EC2",
            f"{ECS}.platform_version": "1.3.0",
            f"{ECS}.group": "by-hand",
            f"{ECS}.enable_ecs_managed_tags": (of_task("EnableECSManagedTags"), False),
            f"{ECS}.enable_execute_command": False,
            f"{ECS}.propagate_tags": None,
            f"{ECS}.reference_id": "by-hand",
            f"{ECS}.tags": [{"key": "Declared", "value": "no"}],
            f"{NETWORK}.subnets": (of_task("NetworkConfiguration.awsvpcConfiguration.Subnets"), ["subnet-22222222"]),
            f"{NETWORK}.security_groups": (of_task("NetworkConfiguration.awsvpcConfiguration.SecurityGroups"), ["sg-22222222"]),
            f"{NETWORK}.assign_public_ip": (of_task("NetworkConfiguration.awsvpcConfiguration.AssignPublicIp"), "DISABLED"),
        },
    ),
    no_window,
    *cases(
        INSTANCES,
        schedule,
        {
            f"{ECS}.capacity_provider_strategy.capacity_provider": (of_task("CapacityProviderStrategy.capacityProvider"), "by-hand"),
            f"{ECS}.capacity_provider_strategy.base": (of_task("CapacityProviderStrategy.base"), 3),
            f"{ECS}.capacity_provider_strategy.weight": (of_task("CapacityProviderStrategy.weight"), 3),
            f"{ECS}.placement_constraints.expression": (of_task("PlacementConstraints.expression"), "attribute:by-hand exists"),
            f"{ECS}.placement_strategy.type": (of_task("PlacementStrategy.type"), "binpack"),
            f"{ECS}.placement_strategy.field": (of_task("PlacementStrategy.field"), "memory"),
        },
    ),
    case(INSTANCES, f"{ECS}.placement_constraints.type", f"{ECS}.placement_constraints.expression")(
        lambda aws, values: schedule(
            aws, values, lambda data: data["Target"]["EcsParameters"].update(PlacementConstraints=[{"type": "distinctInstance"}])
        )
    ),
    *cases("aws_scheduler_schedule.queue", schedule, {"target.sqs_parameters.message_group_id": "by-hand"}),
    *cases(
        "aws_scheduler_schedule.bus",
        schedule,
        {
            "target.eventbridge_parameters.detail_type": ("Target.EventBridgeParameters.DetailType", "By hand"),
            "target.eventbridge_parameters.source": ("Target.EventBridgeParameters.Source", "by-hand"),
        },
    ),
    *cases("aws_scheduler_schedule.stream", schedule, {"target.kinesis_parameters.partition_key": "by-hand"}),
    *cases(
        "aws_scheduler_schedule.pipeline",
        schedule,
        {
            "target.sagemaker_pipeline_parameters.pipeline_parameter.name": (
                "Target.SageMakerPipelineParameters.PipelineParameterList.Name",
                "ByHand",
            ),
            "target.sagemaker_pipeline_parameters.pipeline_parameter.value": (
                "Target.SageMakerPipelineParameters.PipelineParameterList.Value",
                "by hand",
            ),
        },
    ),
]
