"""ACM: a certificate with DNS validation is issued soon.

https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html
https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html
"""

from moto import settings as moto_settings
from moto.acm.models import acm_backends

from . import durations
from .clock import clock
from .rules import error, rule

#: moto issues a certificate when it is looked at after this many seconds; here the clock issues it
NEVER = 10**9


def _certificates(call):
    return acm_backends[call.account][call.region]


@rule("acm", "RequestCertificate")
def request(call):
    """A certificate waits for its validation; its options are read back."""
    reply = call.next()
    name = reply["CertificateArn"]
    if call.get("Options"):
        call.store("acm")[name] = dict(call.get("Options"))
    # A request that repeats an earlier one gives the certificate of that.
    call.store("acm.due").setdefault(name, durations.due("aws_acm_certificate", "validate"))
    return reply


@rule("acm", "RequestCertificate", "DescribeCertificate", "ListCertificates")
def unhurried(call):
    """The clock issues certificates; LocalStack sets a time of its own when it loads its ACM."""
    moto_settings.ACM_VALIDATION_WAIT = NEVER
    due = call.store("acm.due")
    # At every look: while LocalStack describes a certificate it has it pending, and puts its state back afterwards.
    for certificate in list(_certificates(call)._certificates.values()):
        if certificate.status == "PENDING_VALIDATION" and certificate.arn in due and clock.past(due[certificate.arn]):
            certificate.status = "ISSUED"
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


@rule("acm", "ImportCertificate")
def import_again(call):
    """A certificate that is imported again stays the same one: its tags and its users are left on it."""
    before = _certificates(call)._certificates.get(call.get("CertificateArn"))
    reply = call.next()
    made = _certificates(call)._certificates[reply["CertificateArn"]]
    # moto adds Amazon's root, which no imported chain ends with.
    made.chain = call.get("CertificateChain") or b""
    if before is not None:
        made.tags, made.in_use_by = before.tags, before.in_use_by
    return reply


@rule("acm", "ImportCertificate", strict=True)
def import_without_tags(call):
    """A certificate that is imported again can't be given tags: ValidationException."""
    if call.get("CertificateArn") and call.get("Tags"):
        raise error("ValidationException", "Tagging is not permitted on re-import.")
    return call.next()


@rule("acm", "GetCertificate")
def certificate(call):
    """An imported certificate has the chain that was imported with it, or none."""
    reply = call.next()
    if not reply.get("CertificateChain"):
        reply.pop("CertificateChain", None)
    return reply
