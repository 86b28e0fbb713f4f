"""EC2: launch templates and their versions."""

from localstack.utils.patch import patch
from moto.core.types import Base64EncodedString
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

from .ec2 import backend
from .rules import error, idempotent, page, rule


@patch(LaunchTemplate.__init__)
def _lt_init(fn, self, backend, name, template_data, version_description, tag_spec):
    """The template's own tags are no part of what it launches."""
    specs = [s for s in template_data.get("TagSpecifications") or [] if s.get("ResourceType") != "launch-template"]
    template_data = {k: v for k, v in template_data.items() if k != "TagSpecifications" and v is not None}
    if specs:
        template_data["TagSpecifications"] = specs
    fn(self, backend, name, template_data, version_description, tag_spec)


@patch(LaunchTemplate.create_version)
def _create_version(fn, self, data, description):
    """Version numbers are never used twice."""
    number = max([v.number for v in self.versions] + [getattr(self, "last_number", 0)]) + 1
    self.last_number = number
    version = LaunchTemplateVersion(self, number, data, description)
    self.versions.append(version)
    return version


@patch(LaunchTemplate.get_version)
def _get_version(fn, self, num):
    if str(num).lower() in ("$latest", "$default"):
        return fn(self, num)
    for version in self.versions:
        if str(version.number) == str(num):
            return version
    raise error(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {num} for the launch template with ID {self.id}.",
    )


@patch(LaunchTemplate.default_version)
def _default_version(fn, self):
    return self.get_version(self.default_version_number)


def _user_data(self):
    data = self.data.get("UserData")
    return data if data is None or isinstance(data, Base64EncodedString) else Base64EncodedString(data)


LaunchTemplateVersion.user_data = property(_user_data)


def _template(call):
    ec2 = backend(call)
    if call.get("LaunchTemplateId"):
        template = ec2.launch_templates.get(call.get("LaunchTemplateId"))
        if not template:
            raise error(
                "InvalidLaunchTemplateId.NotFound",
                f"The specified launch template, with template ID {call.get('LaunchTemplateId')}, does not exist.",
            )
        return template
    if call.get("LaunchTemplateName"):
        name = call.get("LaunchTemplateName")
        template = ec2.launch_templates.get(ec2.launch_template_name_to_ids.get(name))
        if not template:
            raise error(
                "InvalidLaunchTemplateName.NotFoundException",
                f"The specified launch template, with template name {name}, does not exist.",
            )
        return template
    raise error("MissingParameter", "Either a launch template ID or a launch template name is needed")


def _template_item(call, template):
    item = {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.create_time,
        "CreatedBy": f"arn:aws:iam::{call.account}:root",
        "DefaultVersionNumber": template.default_version_number,
        "LatestVersionNumber": template.latest_version_number,
    }
    tags = template.get_tags()
    if tags:
        item["Tags"] = [{"Key": t["key"], "Value": t["value"]} for t in tags]
    return item


def _version_item(call, version):
    template = version.template
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version.number,
        "VersionDescription": version.description,
        "CreateTime": version.create_time,
        "CreatedBy": f"arn:aws:iam::{call.account}:root",
        "DefaultVersion": template.is_default(version),
        "LaunchTemplateData": version.data,
    }


@rule("ec2", "CreateLaunchTemplate")
def create_template(call):
    """A client token makes the call idempotent; a name can be taken once."""
    return idempotent(call, "ClientToken", lambda: call.next())


@rule("ec2", "CreateLaunchTemplateVersion")
def create_template_version(call):
    """Values that the request leaves out come from SourceVersion."""
    template = _template(call)
    data = {k: v for k, v in (call.get("LaunchTemplateData") or {}).items() if v is not None}
    if call.get("SourceVersion"):
        data = {**template.get_version(call.get("SourceVersion")).data, **data}

    def make():
        version = template.create_version(data, call.get("VersionDescription"))
        return {"LaunchTemplateVersion": _version_item(call, version)}

    return idempotent(call, "ClientToken", make)


@rule("ec2", "DescribeLaunchTemplates")
def describe_templates(call):
    """Tags as they are now; an id or a name that doesn't exist is an error."""
    ec2 = backend(call)
    names, ids = call.get("LaunchTemplateNames") or [], call.get("LaunchTemplateIds") or []
    if names or ids:
        found = []
        for name in ids:
            if name not in ec2.launch_templates:
                raise error("InvalidLaunchTemplateId.NotFound", f"The launch template {name} does not exist.")
            found.append(ec2.launch_templates[name])
        for name in names:
            if name not in ec2.launch_template_name_to_ids:
                raise error("InvalidLaunchTemplateName.NotFoundException", f"The launch template {name} does not exist.")
            found.append(ec2.launch_templates[ec2.launch_template_name_to_ids[name]])
    else:
        found = list(ec2.launch_templates.values())
    for item in call.get("Filters") or []:
        if item["Name"] == "launch-template-name":
            found = [t for t in found if t.name in item["Values"]]
    return {"LaunchTemplates": [_template_item(call, t) for t in found]}


@rule("ec2", "DescribeLaunchTemplateVersions")
def describe_template_versions(call):
    """Versions by number, $Latest and $Default, or a range; a version that doesn't exist is an error."""
    wanted = call.get("Versions") or []
    if not call.get("LaunchTemplateId") and not call.get("LaunchTemplateName"):
        found = []
        for template in backend(call).launch_templates.values():
            found += [template.get_version(w) for w in wanted if w in ("$Latest", "$Default")]
    else:
        template = _template(call)
        if wanted:
            found = [template.get_version(w) for w in wanted]
        else:
            low, high = int(call.get("MinVersion") or 1), int(call.get("MaxVersion") or 10**9)
            found = [v for v in template.versions if low <= v.number <= high]
            found.sort(key=lambda v: -v.number)
    found = list(dict.fromkeys(found))
    items, token = page([_version_item(call, v) for v in found], call.get("MaxResults"), call.get("NextToken"))
    return {"LaunchTemplateVersions": items, **({"NextToken": token} if token else {})}


@rule("ec2", "ModifyLaunchTemplate")
def modify_template(call):
    """The default version can be moved."""
    template = _template(call)
    if call.get("DefaultVersion"):
        template.default_version_number = template.get_version(call.get("DefaultVersion")).number
    return {"LaunchTemplate": _template_item(call, template)}


@rule("ec2", "DeleteLaunchTemplateVersions")
def delete_template_versions(call):
    """The default version can't be deleted; what fails is listed beside what was done."""
    template = _template(call)
    done, failed = [], []
    for number in call.get("Versions") or []:
        entry = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
        version = next((v for v in template.versions if str(v.number) == str(number)), None)
        if version is None:
            why = {"Code": "launchTemplateVersionDoesNotExist", "Message": f"Version {number} does not exist."}
        elif template.is_default(version):
            why = {"Code": "unexpectedError", "Message": "The default version can't be deleted."}
        else:
            template.versions.remove(version)
            done.append(entry)
            continue
        failed.append({**entry, "ResponseError": why})
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": done,
        "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
    }


@rule("ec2", "DeleteLaunchTemplate")
def delete_template(call):
    """A deleted template gives its name back."""
    template = _template(call)
    item = _template_item(call, template)
    ec2 = backend(call)
    ec2.launch_templates.pop(template.id, None)
    ec2.launch_template_name_to_ids.pop(template.name, None)
    ec2.tags.pop(template.id, None)
    return {"LaunchTemplate": item}
