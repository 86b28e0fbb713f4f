"""EFS: backup policies and updates, and the states that pass."""

from moto.efs.models import efs_backends

from . import durations, states
from .clock import clock
from .rules import error, rule


def _system(call):
    found = efs_backends[call.account][call.region].file_systems_by_id.get(call.get("FileSystemId"))
    if not found:
        raise error("FileSystemNotFound", f"File system '{call.get('FileSystemId')}' does not exist.", 404)
    return found


@rule("efs", "PutBackupPolicy")
def put_policy(call):
    """Automatic backups can be switched on and off."""
    found = _system(call)
    policy = dict(call.get("BackupPolicy"))
    call.store("efs.backup")[found.file_system_id] = policy
    return {"BackupPolicy": policy}


@rule("efs", "DescribeBackupPolicy")
def describe_policy(call):
    """The policy is read back."""
    policy = call.store("efs.backup").get(_system(call).file_system_id)
    return {"BackupPolicy": policy} if policy else call.next()


@rule("efs", "UpdateFileSystem")
def update(call):
    """The throughput can be changed later."""
    found = _system(call)
    if call.get("ThroughputMode"):
        found.throughput_mode = call.get("ThroughputMode")
    if call.get("ProvisionedThroughputInMibps") is not None:
        found.provisioned_throughput_in_mibps = call.get("ProvisionedThroughputInMibps")
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).efs
    return client.describe_file_systems(FileSystemId=call.get("FileSystemId"))["FileSystems"][0]


# Strict mode: file systems and mount targets take their time.

def _backend(call):
    return efs_backends[call.account][call.region]


@rule("efs", "CreateFileSystem", "DescribeFileSystems", strict=True)
def creating(call):
    """A file system is creating first (LifeCycleState in FileSystemDescription)."""
    reply = call.next()
    if call.context.operation.name == "CreateFileSystem":
        due = durations.due("aws_efs_file_system", "create")
        reply["LifeCycleState"] = states.mark(call, "efs", reply["FileSystemId"], "creating", due)
    for item in reply.get("FileSystems") or []:
        item["LifeCycleState"] = states.state(call, "efs", item["FileSystemId"]) or item["LifeCycleState"]
    return reply


@rule("efs", "CreateMountTarget", strict=True)
def create_target(call):
    """A mount target needs an available file system (IncorrectFileSystemLifeCycleState), and is creating first."""
    if states.state(call, "efs", call.get("FileSystemId")):
        raise error("IncorrectFileSystemLifeCycleState", "The file system is not available.", 409)
    reply = call.next()
    name = reply["MountTargetId"]
    due = durations.due("aws_efs_mount_target", "create")
    reply["LifeCycleState"] = states.mark(call, "mount", name, "creating", due)
    return reply


@rule("efs", "DescribeMountTargets", strict=True)
def describe_targets(call):
    """The state is the one of now."""
    reply = call.next()
    for item in reply.get("MountTargets") or []:
        item["LifeCycleState"] = states.state(call, "mount", item["MountTargetId"]) or item["LifeCycleState"]
    return reply


@rule("efs", "DeleteMountTarget", strict=True)
def delete_target(call):
    """A mount target is deleting for a while, with its network interface in its subnet."""
    backend, name = _backend(call), call.get("MountTargetId")
    if name not in backend.mount_targets_by_id:
        raise error("MountTargetNotFound", f"Mount target '{name}' does not exist.", 404)
    due = durations.due("aws_efs_mount_target", "delete")
    states.mark(call, "mount", name, "deleting", due)

    def remove():
        if name in backend.mount_targets_by_id:
            backend.delete_mount_target(name)

    clock.at(due, remove)
    return {}
