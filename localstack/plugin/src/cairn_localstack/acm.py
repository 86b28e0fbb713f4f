"""ACM: a certificate with DNS validation is issued soon.

https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html
"""

from moto import settings as moto_settings
from moto.acm.models import acm_backends

from . import durations
from .clock import clock
from .rules import rule

#: moto issues a certificate when it is looked at after this many seconds; here the clock issues it
NEVER = 10**9


def _certificates(call):
    return acm_backends[call.account][call.region]


@rule("acm", "RequestCertificate")
def request(call):
    """A certificate waits for its validation; its options are read back."""
    reply = call.next()
    name = reply["CertificateArn"]
    certificate = _certificates(call)._certificates.get(name)
    if call.get("Options"):
        call.store("acm")[name] = dict(call.get("Options"))
    due = durations.due("aws_acm_certificate", "validate")

    def issue():
        if certificate.status == "PENDING_VALIDATION":
            certificate.status = "ISSUED"

    if certificate is not None:
        clock.at(due, issue)
    return reply


@rule("acm", "RequestCertificate", "DescribeCertificate", "ListCertificates")
def unhurried(call):
    """The clock issues certificates; LocalStack sets a time of its own when it loads its ACM."""
    moto_settings.ACM_VALIDATION_WAIT = NEVER
    return call.next()


@rule("acm", "DescribeCertificate")
def describe(call):
    """Options are read back."""
    reply = call.next()
    item = reply.get("Certificate") or {}
    options = call.store("acm").get(item.get("CertificateArn"))
    if options:
        item["Options"] = {**(item.get("Options") or {}), **options}
    return reply


@rule("acm", "UpdateCertificateOptions")
def update_options(call):
    """Transparency logging can be changed later."""
    _certificates(call).get_certificate(call.get("CertificateArn"))
    call.store("acm").setdefault(call.get("CertificateArn"), {}).update(call.get("Options") or {})
    return {}
