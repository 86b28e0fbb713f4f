"""ECS and what starts its tasks: clusters, task definitions, schedules."""

import json
from datetime import datetime, timezone

import pytest
from conftest import code_of, later, seconds

CONTAINER = {"name": "main", "image": "registry.example.org/main:1"}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
TASK = dict(family="main", cpu="256", memory="512", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], containerDefinitions=[CONTAINER])
OFF = {"Mode": "OFF"}


def described(aws, *include):
    [found] = aws.ecs.describe_clusters(clusters=["main"], include=include)["clusters"]
    return found


def role(aws):
    arn = aws.iam.create_role(RoleName="starts", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    later(seconds("aws_iam", "propagate"))
    return arn


def test_a_cluster_is_made_once(aws):
    ecs = aws.ecs
    call = dict(clusterName="main", tags=[{"key": "a", "value": "1"}], settings=[{"name": "containerInsights", "value": "enabled"}])
    arn = ecs.create_cluster(**call)["cluster"]["clusterArn"]
    assert ecs.create_cluster(**call)["cluster"]["clusterArn"] == arn
    assert code_of(ecs.create_cluster, clusterName="main", tags=[{"key": "a", "value": "2"}]) == "InvalidParameterException"
    assert described(aws)["status"] == "ACTIVE" and not described(aws).get("settings")
    assert described(aws, "SETTINGS")["settings"] == call["settings"]
    assert described(aws, "TAGS")["tags"] == call["tags"]
    assert code_of(ecs.describe_clusters, clusters=[f"c{n}" for n in range(101)]) == "InvalidParameterException"
    # Its name is free as soon as it is deleted.
    ecs.delete_cluster(cluster="main")
    assert described(aws)["status"] == "INACTIVE"
    assert code_of(ecs.update_cluster, cluster="main", settings=call["settings"]) == "ClusterNotFoundException"
    ecs.create_cluster(clusterName="main", tags=[{"key": "a", "value": "2"}])
    assert described(aws)["status"] == "ACTIVE"


def test_a_deleted_cluster_is_seen_for_a_while(aws):
    ecs = aws.ecs
    ecs.create_cluster(clusterName="main")
    ecs.delete_cluster(cluster="main")
    later(seconds("aws_ecs_cluster", "linger") / 2)
    assert described(aws)["status"] == "INACTIVE"
    later(seconds("aws_ecs_cluster", "linger"))
    answer = ecs.describe_clusters(clusters=["main"])
    assert not answer["clusters"] and answer["failures"][0]["reason"] == "MISSING"
    assert code_of(ecs.delete_cluster, cluster="main") == "ClusterNotFoundException"


def test_a_cluster_is_changed(aws):
    ecs, namespace = aws.ecs, f"arn:aws:servicediscovery:us-east-1:{aws.id}:namespace/ns-1"
    execution = {"executeCommandConfiguration": {"logging": "NONE"}}
    ecs.create_cluster(clusterName="main", serviceConnectDefaults={"namespace": namespace}, configuration=execution)
    assert described(aws)["serviceConnectDefaults"] == {"namespace": namespace} and "configuration" not in described(aws)
    ecs.update_cluster(cluster="main", serviceConnectDefaults={"namespace": ""})
    assert "serviceConnectDefaults" not in described(aws)
    assert described(aws, "CONFIGURATIONS")["configuration"] == execution


def test_a_used_cluster_stays(aws):
    ecs, net = aws.ecs, aws.network()
    aws.ec2.modify_vpc_attribute(VpcId=net.vpc, EnableDnsHostnames={"Value": True})
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(**{**TASK, "containerDefinitions": [{**CONTAINER, "memory": 128}]})
    network = {"awsvpcConfiguration": {"subnets": net.subnets[:1], "securityGroups": [net.group]}}
    ecs.create_service(cluster="main", serviceName="s", taskDefinition="main", desiredCount=0, launchType="FARGATE", networkConfiguration=network)
    assert code_of(ecs.delete_cluster, cluster="main") == "ClusterContainsServicesException"
    ecs.delete_service(cluster="main", service="s", force=True)
    [task] = ecs.run_task(cluster="main", taskDefinition="main", launchType="FARGATE", networkConfiguration=network)["tasks"]
    assert code_of(ecs.delete_cluster, cluster="main") == "ClusterContainsTasksException"
    ecs.stop_task(cluster="main", task=task["taskArn"])
    ecs.delete_cluster(cluster="main")


def test_a_cluster_with_an_instance_stays(aws):
    ecs, net = aws.ecs, aws.network()
    ecs.create_cluster(clusterName="main")
    [made] = aws.ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=net.subnets[0])["Instances"]
    document = {"instanceId": made["InstanceId"], "region": "us-east-1", "accountId": aws.id}
    ecs.register_container_instance(cluster="main", instanceIdentityDocument=json.dumps(document))
    assert code_of(ecs.delete_cluster, cluster="main") == "ClusterContainsContainerInstancesException"


def test_containers_get_defaults(aws):
    port, check = {"containerPort": 80}, {"command": ["CMD", "true"]}
    container = {**CONTAINER, "portMappings": [port], "healthCheck": check}
    made = aws.ecs.register_task_definition(**{**TASK, "cpu": ".25 vCPU", "memory": "0.5 GB", "containerDefinitions": [container]})
    task = made["taskDefinition"]
    assert (task["cpu"], task["memory"]) == ("256", "512")
    [found] = task["containerDefinitions"]
    assert found["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]
    assert found["healthCheck"] == {**check, "interval": 30, "timeout": 5, "retries": 3}
    assert (found["cpu"], found["essential"], found["environment"], found["systemControls"]) == (0, True, [], [])
    bridge = dict(family="bridge", containerDefinitions=[{**container, "memory": 128}])
    task = aws.ecs.register_task_definition(**bridge)["taskDefinition"]
    assert task["networkMode"] == "bridge" and task["containerDefinitions"][0]["portMappings"][0]["hostPort"] == 0


def test_volumes_and_switches_are_read_back(aws):
    volumes = [
        {"name": "scratch"},
        {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-12345678"}},
        {"name": "docker", "dockerVolumeConfiguration": {"labels": {"a": "b"}}},
    ]
    aws.ecs.register_task_definition(**TASK, volumes=volumes, enableFaultInjection=True)
    task = aws.ecs.describe_task_definition(taskDefinition="main:1")["taskDefinition"]
    assert task["enableFaultInjection"] is True
    assert task["volumes"] == [
        {"name": "scratch", "host": {}},
        {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-12345678", "rootDirectory": "/"}},
        {"name": "docker", "dockerVolumeConfiguration": {"labels": {"a": "b"}, "scope": "task", "driver": "local"}},
    ]


@pytest.mark.parametrize(
    "change",
    [{"networkMode": "bridge"}, {"cpu": ""}, {"memory": "4096"}, {"cpu": "300"}, {"tags": []}],
    ids=lambda c: f"{next(iter(c.items()))}",
)
def test_what_fargate_does_not_have(aws, change):
    assert code_of(aws.ecs.register_task_definition, **{**TASK, **change}) == "ClientException"
    assert code_of(aws.ecs.register_task_definition, **TASK) is None


def test_revisions(aws):
    ecs = aws.ecs
    arns = [ecs.register_task_definition(**TASK, tags=[{"key": "n", "value": str(n)}])["taskDefinition"]["taskDefinitionArn"] for n in range(3)]
    ecs.register_task_definition(**{**TASK, "family": "main-other"})
    ecs.deregister_task_definition(taskDefinition=arns[2])
    latest = ecs.describe_task_definition(taskDefinition="main", include=["TAGS"])
    assert (latest["taskDefinition"]["taskDefinitionArn"], latest["tags"]) == (arns[1], [{"key": "n", "value": "1"}])
    # For ever.
    assert ecs.describe_task_definition(taskDefinition=arns[2])["taskDefinition"]["status"] == "INACTIVE"
    listed = lambda **more: ecs.list_task_definitions(familyPrefix="main", **more)  # noqa: E731
    assert listed()["taskDefinitionArns"] == arns[:2] and listed(sort="DESC")["taskDefinitionArns"] == arns[1::-1]
    assert listed(status="INACTIVE")["taskDefinitionArns"] == arns[2:]
    first = listed(maxResults=1)
    assert listed(maxResults=1, nextToken=first["nextToken"])["taskDefinitionArns"] == arns[1:2]
    for arn in arns[:2]:
        ecs.deregister_task_definition(taskDefinition=arn)
    assert code_of(ecs.describe_task_definition, taskDefinition="main") == "ClientException"
    # The next one does not take a number again.
    assert ecs.register_task_definition(**TASK)["taskDefinition"]["revision"] == 4


def test_tags_are_in_the_index(aws):
    tags = [{"key": "team", "value": "a"}]
    cluster = aws.ecs.create_cluster(clusterName="main", tags=tags)["cluster"]["clusterArn"]
    task = aws.ecs.register_task_definition(**TASK, tags=tags)["taskDefinition"]["taskDefinitionArn"]
    aws.ecs.deregister_task_definition(taskDefinition=task)
    later(seconds("aws_resource_tags", "index"))
    found = aws.resourcegroupstaggingapi.get_resources(TagFilters=[{"Key": "team"}])["ResourceTagMappingList"]
    assert [f["ResourceARN"] for f in found] == [cluster, task]


def schedule(aws, **more):
    target = {"Arn": f"arn:aws:sqs:us-east-1:{aws.id}:q", "RoleArn": more.pop("role", f"arn:aws:iam::{aws.id}:role/old")}
    return dict(Name="nightly", ScheduleExpression="rate(1 day)", FlexibleTimeWindow=OFF, Target={**target, **more.pop("target", {})}, **more)


def test_a_schedule_gets_defaults(aws):
    scheduler = aws.scheduler
    parameters = {"EcsParameters": {"TaskDefinitionArn": f"arn:aws:ecs:us-east-1:{aws.id}:task-definition/t"}, "RetryPolicy": {"MaximumRetryAttempts": 1}}
    scheduler.create_schedule(**schedule(aws, target=parameters, ClientToken="one"))
    found = scheduler.get_schedule(Name="nightly")
    assert (found["State"], found["ScheduleExpressionTimezone"], found["GroupName"]) == ("ENABLED", "UTC", "default")
    assert found["ActionAfterCompletion"] == "NONE"
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 1}
    assert found["Target"]["EcsParameters"]["TaskCount"] == 1
    # A token gives the same again; without, the name is taken.
    scheduler.create_schedule(**schedule(aws, target=parameters, ClientToken="one"))
    assert code_of(scheduler.create_schedule, **schedule(aws, target=parameters)) == "ConflictException"


def test_an_update_sets_the_whole_schedule(aws):
    scheduler, ends = aws.scheduler, datetime(2099, 1, 1, tzinfo=timezone.utc)
    first = schedule(aws, State="DISABLED", Description="d", EndDate=ends, ActionAfterCompletion="DELETE")
    scheduler.create_schedule(**first)
    found = scheduler.get_schedule(Name="nightly")
    assert (found["State"], found["EndDate"], found["ActionAfterCompletion"]) == ("DISABLED", ends, "DELETE")
    scheduler.update_schedule(**schedule(aws))
    found = scheduler.get_schedule(Name="nightly")
    assert found["State"] == "ENABLED" and "EndDate" not in found and found["ActionAfterCompletion"] == "NONE"
    assert found["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 185


def test_schedules_that_are_refused(aws):
    scheduler = aws.scheduler
    for call in (scheduler.create_schedule, scheduler.update_schedule):
        assert code_of(call, **schedule(aws, GroupName="none")) == "ResourceNotFoundException"
        for window in ({"Mode": "FLEXIBLE"}, {"Mode": "OFF", "MaximumWindowInMinutes": 5}):
            assert code_of(call, **{**schedule(aws), "FlexibleTimeWindow": window}) == "ValidationException"
    assert code_of(scheduler.get_schedule, Name="nightly") == "ResourceNotFoundException"
    assert code_of(scheduler.delete_schedule, Name="nightly") == "ResourceNotFoundException"
    scheduler.create_schedule(**schedule(aws, role=role(aws)))
    scheduler.delete_schedule(Name="nightly")
