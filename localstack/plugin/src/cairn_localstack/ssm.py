"""Systems Manager: names and pages of parameters, and versions of documents."""

from moto.ssm.models import ParameterDict, ssm_backends

from .rules import error, page, rule


def _tell_apart():
    """`/x` and `x` are two parameters (PutParameter); LocalStack takes them for one, and so does moto."""
    from localstack.services.ssm.provider import SsmProvider

    normalize = SsmProvider._normalize_name

    def exact(param_name, validate=False):
        name = normalize(param_name, validate)
        return f"/{name}" if param_name.startswith("/") and not name.startswith("/") else name

    SsmProvider._normalize_name = staticmethod(exact)
    ParameterDict.normalize_name = staticmethod(lambda name: name)


_tell_apart()


@rule("ssm", "ListDocumentVersions")
def list_versions(call):
    """Every version of a document, the newest first."""
    backend = ssm_backends[call.account][call.region]
    found = backend._documents.get(call.get("Name"))
    if found is None:
        raise error("InvalidDocument", "The specified document does not exist.")
    versions = sorted(found.versions.values(), key=lambda d: -int(d.document_version))
    items = [
        {
            "Name": d.name,
            "DocumentVersion": d.document_version,
            "CreatedDate": d.created_date,
            "IsDefaultVersion": d.document_version == found.default_version,
            "DocumentFormat": d.document_format,
            "Status": d.status,
            **({"VersionName": d.version_name} if d.version_name else {}),
        }
        for d in versions
    ]
    items, token = page(items, call.get("MaxResults") or 50, call.get("NextToken"))
    return {"DocumentVersions": items, **({"NextToken": token} if token else {})}


@rule("ssm", "DescribeParameters")
def describe_parameters(call):
    """Pages of MaxResults, 50 at most, not always of 10."""
    request = {k: v for k, v in call.request.items() if k not in ("MaxResults", "NextToken")}
    items, token = [], None
    while True:
        reply = call.next({**request, **({"NextToken": token} if token else {})})
        items += reply.get("Parameters") or []
        token = reply.get("NextToken")
        if not token:
            break
    some, token = page(items, call.get("MaxResults") or 10, call.get("NextToken"))
    return {"Parameters": some, **({"NextToken": token} if token else {})}
