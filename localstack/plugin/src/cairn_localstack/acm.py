"""ACM: a certificate with DNS validation is issued soon.

https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html
"""

import os

from moto import settings
from moto.acm.models import acm_backends

from .rules import rule

#: seconds from the request to the certificate; the public service takes minutes and looks at the DNS
settings.ACM_VALIDATION_WAIT = float(os.environ.get("CAIRN_ACM_SECONDS", "1"))


@rule("acm", "RequestCertificate", "DescribeCertificate", "ListCertificates")
def quick(call):
    """LocalStack sets the time to ten seconds when it loads its own ACM."""
    settings.ACM_VALIDATION_WAIT = float(os.environ.get("CAIRN_ACM_SECONDS", "1"))
    reply = call.next()
    if call.context.operation.name == "RequestCertificate":
        if call.get("Options"):
            call.store("acm")[reply["CertificateArn"]] = dict(call.get("Options"))
    if call.context.operation.name == "DescribeCertificate":
        item = reply.get("Certificate") or {}
        options = call.store("acm").get(item.get("CertificateArn"))
        if options:
            item["Options"] = {**(item.get("Options") or {}), **options}
    return reply


@rule("acm", "UpdateCertificateOptions")
def update_options(call):
    acm_backends[call.account][call.region].get_certificate(call.get("CertificateArn"))
    call.store("acm").setdefault(call.get("CertificateArn"), {}).update(call.get("Options") or {})
    return {}
