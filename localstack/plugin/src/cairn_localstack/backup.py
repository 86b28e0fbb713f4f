"""AWS Backup: selections, updates of plans, and the end of vaults.

The sources are the pages of https://docs.aws.amazon.com/aws-backup/latest/devguide/ named API_ and the operation.
"""

import time
import uuid

from moto.backup.models import Plan, backup_backends

from .rules import error, rule


def backend(call):
    return backup_backends[call.account][call.region]


def _plan(call):
    plan = backend(call).plans.get(call.get("BackupPlanId"))
    if not plan or plan.deletion_date:
        raise error("ResourceNotFoundException", "Cannot find Backup plan with the given id")
    return plan


def _selections(call):
    return call.store("backup.selections").setdefault(call.get("BackupPlanId"), {})


@rule("backup", "UpdateBackupPlan")
def update_plan(call):
    """The plan keeps its id and gets a new version."""
    plan = _plan(call)
    new = Plan(backup_plan=dict(call.get("BackupPlan")), creator_request_id=plan.creator_request_id, backend=backend(call))
    plan.backup_plan, plan.version_id = new.backup_plan, new.version_id
    plan.advanced_backup_settings = new.advanced_backup_settings
    return plan.to_dict()


@rule("backup", "CreateBackupSelection")
def create_selection(call):
    """A selection belongs to a plan that exists."""
    _plan(call)
    name = str(uuid.uuid4())
    now = time.time()
    _selections(call)[name] = {
        "SelectionId": name,
        "BackupPlanId": call.get("BackupPlanId"),
        "BackupSelection": dict(call.get("BackupSelection")),
        "CreationDate": now,
        "CreatorRequestId": call.get("CreatorRequestId") or "",
    }
    return {"SelectionId": name, "BackupPlanId": call.get("BackupPlanId"), "CreationDate": now}


@rule("backup", "GetBackupSelection", "DeleteBackupSelection")
def one_selection(call):
    """A selection is read back, and gone when it is deleted."""
    found = _selections(call).get(call.get("SelectionId"))
    if not found:
        raise error("ResourceNotFoundException", "Cannot find Backup selection with the given id")
    if call.context.operation.name == "DeleteBackupSelection":
        del _selections(call)[call.get("SelectionId")]
        return {}
    return found


@rule("backup", "ListBackupSelections")
def list_selections(call):
    """The selections of a plan."""
    _plan(call)
    return {
        "BackupSelectionsList": [
            {
                **{k: s[k] for k in ("SelectionId", "BackupPlanId", "CreationDate", "CreatorRequestId")},
                "SelectionName": s["BackupSelection"].get("SelectionName"),
                "IamRoleArn": s["BackupSelection"].get("IamRoleArn"),
            }
            for s in _selections(call).values()
        ]
    }


@rule("backup", "DeleteBackupPlan")
def delete_plan(call):
    """A plan with selections stays."""
    _plan(call)
    if _selections(call):
        raise error("InvalidRequestException", "Related backup plan selections must be deleted prior to backup plan deletion")
    return call.next()


@rule("backup", "DescribeBackupVault", "DeleteBackupVault")
def one_vault(call):
    """A vault is read back, and gone when it is deleted."""
    vault = backend(call).vaults.get(call.get("BackupVaultName"))
    if not vault:
        raise error("ResourceNotFoundException", f"Backup vault {call.get('BackupVaultName')} does not exist")
    if call.context.operation.name == "DeleteBackupVault":
        del backend(call).vaults[call.get("BackupVaultName")]
        return {}
    return vault.to_list_dict()
