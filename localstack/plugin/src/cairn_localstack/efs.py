"""EFS: backup policies and updates.

https://docs.aws.amazon.com/efs/latest/ug/API_PutBackupPolicy.html
https://docs.aws.amazon.com/efs/latest/ug/API_UpdateFileSystem.html
"""

from moto.efs.models import efs_backends

from .rules import error, rule


def _system(call):
    found = efs_backends[call.account][call.region].file_systems_by_id.get(call.get("FileSystemId"))
    if not found:
        raise error("FileSystemNotFound", f"File system '{call.get('FileSystemId')}' does not exist.", 404)
    return found


@rule("efs", "PutBackupPolicy")
def put_policy(call):
    found = _system(call)
    policy = dict(call.get("BackupPolicy"))
    call.store("efs.backup")[found.file_system_id] = policy
    return {"BackupPolicy": policy}


@rule("efs", "DescribeBackupPolicy")
def describe_policy(call):
    policy = call.store("efs.backup").get(_system(call).file_system_id)
    return {"BackupPolicy": policy} if policy else call.next()


@rule("efs", "UpdateFileSystem")
def update(call):
    found = _system(call)
    if call.get("ThroughputMode"):
        found.throughput_mode = call.get("ThroughputMode")
    if call.get("ProvisionedThroughputInMibps") is not None:
        found.provisioned_throughput_in_mibps = call.get("ProvisionedThroughputInMibps")
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).efs
    return client.describe_file_systems(FileSystemId=call.get("FileSystemId"))["FileSystems"][0]
