"""ECS: clusters and task definitions as AWS keeps them. moto answers for the rest.

The sources are the pages of https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ named API_ and the operation.
"""

import re

from moto.ecs.models import ecs_backends

from . import durations, states
from .rules import error, page, rule

FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
AT_MOST = 100


def backend(call):
    return ecs_backends[call.account][call.region]


def _cluster(call, name):
    return backend(call).clusters.get((name or "default").rpartition("/")[2])


@rule("ecs", "CreateCluster")
def create_cluster(call):
    """The same request for an active cluster gives it again; another one for its name: InvalidParameterException."""
    name = call.get("clusterName") or "default"
    asked, before = {**call.request, "clusterName": name}, call.store("ecs.requests")
    there = _cluster(call, name)
    if there and there.status == "ACTIVE" and before.get(name) != asked:
        raise error("InvalidParameterException", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
    reply = call.next()
    before[name] = asked
    states.forget(call, "cluster", name)
    return reply


@rule("ecs", "DescribeClusters")
def describe_clusters(call):
    """A deleted cluster is INACTIVE for a while, then MISSING; settings and configuration are told on demand; 100 names at most."""
    names = [name.rpartition("/")[2] for name in call.get("clusters") or ["default"]]
    if len(names) > AT_MOST:
        raise error("InvalidParameterException", "Clusters cannot have more than 100 elements.")
    for name in names:
        there = _cluster(call, name)
        if there and there.status == "INACTIVE" and states.state(call, "cluster", name) is None:
            del backend(call).clusters[name]
    reply = call.next()
    for cluster in reply.get("clusters") or []:
        for field, wanted in (("settings", "SETTINGS"), ("configuration", "CONFIGURATIONS")):
            if wanted not in (call.get("include") or []):
                cluster.pop(field, None)
    return reply


@rule("ecs", "UpdateCluster")
def update_cluster(call):
    """What is left out stays; an empty namespace takes the default one away. A deleted cluster isn't found."""
    there = _cluster(call, call.get("cluster"))
    if there is None or there.status != "ACTIVE":
        raise error("ClusterNotFoundException", "Cluster not found.")
    reply = call.next()
    if (call.get("serviceConnectDefaults") or {}).get("namespace") == "":
        there.service_connect_defaults = None
        reply["cluster"].pop("serviceConnectDefaults", None)
    return reply


@rule("ecs", "DeleteCluster")
def delete_cluster(call):
    """A deleted cluster is INACTIVE, and can be described for a while."""
    reply = call.next()
    states.mark(call, "cluster", reply["cluster"]["clusterName"], "INACTIVE", durations.due("aws_ecs_cluster", "linger"))
    return reply


@rule("ecs", "DeleteCluster", strict=True)
def used_cluster(call):
    """A cluster with services, instances or tasks stays."""
    there = _cluster(call, call.get("cluster"))
    if there is None:
        raise error("ClusterNotFoundException", "Cluster not found.")
    moto = backend(call)
    # Its services say so by themselves.
    if any(s.cluster_arn == there.arn and s.status == "ACTIVE" for s in moto.services.values()):
        raise error("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if moto.container_instances.get(there.name):
        raise error("ClusterContainsContainerInstancesException", "The Cluster cannot be deleted while Container Instances are active or draining.")
    if any(t.last_status != "STOPPED" for t in moto.tasks.get(there.name, {}).values()):
        raise error("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    return call.next()


# Task definitions

def _size(text, large):
    """A size in small units: `1 vCPU` are 1024 units of CPU, `1 GB` are 1024 MiB."""
    found = re.fullmatch(rf"\s*([\d.]+)\s*({large})?\s*", text or "", re.IGNORECASE)
    if not found:
        return text
    return str(round(float(found[1]) * 1024)) if found[2] else found[1]


#: units of CPU -> MiB that go with them
SIZES = {
    "256": [512, 1024, 2048], "512": range(1024, 4097, 1024), "1024": range(2048, 8193, 1024), "2048": range(4096, 16385, 1024),
    "4096": range(8192, 30721, 1024), "8192": range(16384, 61441, 4096), "16384": range(32768, 122881, 8192),
}  # fmt: skip


@rule("ecs", "RegisterTaskDefinition", strict=True, source=FARGATE)
def fit_for_fargate(call):
    """A task for Fargate has a network of its own, and a size that Fargate has: ClientException."""
    if "FARGATE" not in (call.get("requiresCompatibilities") or []):
        return call.next()
    if call.get("networkMode") != "awsvpc":
        raise error("ClientException", "Fargate only supports network mode 'awsvpc'.")
    if not call.get("cpu") or not call.get("memory"):
        raise error("ClientException", "Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    memory = _size(call.get("memory"), "GB")
    if not memory.isdigit() or int(memory) not in SIZES.get(_size(call.get("cpu"), "vCPU"), ()):
        raise error("ClientException", "No Fargate configuration exists for given values.")
    return call.next()


@rule("ecs", "RegisterTaskDefinition")
def register(call):
    """Sizes are read back in small units, containers and volumes with AWS's defaults, and every setting as it was given."""
    if call.get("tags") == []:
        raise error("ClientException", "Tags can not be empty.")
    request = dict(call.request)
    for name, large in (("cpu", "vCPU"), ("memory", "GB")):
        if name in request:
            request[name] = _size(request[name], large)
    direct = request.get("networkMode") in ("awsvpc", "host")
    request["containerDefinitions"] = [_filled(c, direct) for c in request["containerDefinitions"]]
    if "volumes" in request:
        request["volumes"] = [_volume(v) for v in request["volumes"]]
    reply = call.next(request)
    made = reply["taskDefinition"]
    call.store("ecs.kept")[made["taskDefinitionArn"]] = {k: request[k] for k in ("enableFaultInjection", "volumes") if k in request}
    return _with_kept(call, reply)


def _filled(container, direct):
    """A container with what AWS fills in."""
    filled = {"systemControls": [], **container}
    ports = [{"protocol": "tcp", "hostPort": p.get("containerPort", 0) if direct else 0, **p} for p in container.get("portMappings") or []]
    if direct:
        ports = [{**p, "hostPort": p["hostPort"] or p.get("containerPort", 0)} for p in ports]
    filled["portMappings"] = ports
    if container.get("healthCheck"):
        filled["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **container["healthCheck"]}
    return filled


def _volume(volume):
    """A volume with what AWS fills in."""
    kinds = ("dockerVolumeConfiguration", "efsVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration", "configuredAtLaunch")
    filled = volume if any(k in volume for k in kinds) else {"host": {}, **volume}
    if "efsVolumeConfiguration" in filled:
        filled = {**filled, "efsVolumeConfiguration": {"rootDirectory": "/", **filled["efsVolumeConfiguration"]}}
    if "dockerVolumeConfiguration" in filled:
        filled = {**filled, "dockerVolumeConfiguration": {"scope": "task", "driver": "local", **filled["dockerVolumeConfiguration"]}}
    return filled


def _with_kept(call, reply):
    made = reply["taskDefinition"]
    made.update(call.store("ecs.kept").get(made["taskDefinitionArn"], {}))
    return reply


def _active(call, family):
    """The active revisions of a family, the oldest first."""
    revisions = backend(call).task_definitions.get(family, {})
    return [revisions[number] for number in sorted(revisions) if revisions[number].status == "ACTIVE"]


@rule("ecs", "DescribeTaskDefinition")
def describe_task_definition(call):
    """A family stands for its latest active revision; one that is INACTIVE can be described for ever."""
    name = (call.get("taskDefinition") or "").rpartition("/")[2]
    if ":" in name:
        return _with_kept(call, call.next())
    active = _active(call, name)
    if not active:
        raise error("ClientException", "Unable to describe task definition.")
    return _with_kept(call, call.next({**call.request, "taskDefinition": active[-1].arn}))


@rule("ecs", "ListTaskDefinitions")
def list_task_definitions(call):
    """The revisions of a family, in order of their numbers; pages of maxResults, 100 at most."""
    status = call.get("status") or "ACTIVE"
    families = backend(call).task_definitions
    wanted = [call.get("familyPrefix")] if call.get("familyPrefix") else sorted(families)
    found = [d for family in wanted for _, d in sorted(families.get(family, {}).items()) if d.status == status]
    arns = [d.arn for d in (reversed(found) if call.get("sort") == "DESC" else found)]
    arns, token = page(arns, min(call.get("maxResults") or AT_MOST, AT_MOST), call.get("nextToken"))
    return {"taskDefinitionArns": arns, **({"nextToken": token} if token else {})}
