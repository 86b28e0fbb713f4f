"""Certificates are issued whatever else looks at them in between."""

from moto.acm.models import acm_backends

from cairn_localstack import acm
from cairn_localstack.clock import clock

ACCOUNT, REGION = "123456789012", "us-east-1"


class Call:
    """A call of an operation, whose answer is given."""

    account, region = ACCOUNT, REGION
    stored = {}

    def __init__(self, answer):
        self.next = answer

    def get(self, _name):
        return None

    def store(self, name):
        return self.stored.setdefault(name, {})


def test_a_state_that_was_put_back_does_not_last():
    made = acm_backends[ACCOUNT][REGION]
    arn = made.request_certificate("moodle.example.org", None, [], [])
    certificate = made.get_certificate(arn)
    acm.request(Call(lambda: {"CertificateArn": arn}))
    look = lambda: acm.unhurried(Call(lambda: certificate.status))  # noqa: E731
    assert look() == "PENDING_VALIDATION"
    clock.advance(86400)
    assert look() == "ISSUED"
    # LocalStack's description had begun before the certificate was issued, and ends after.
    certificate.status = "PENDING_VALIDATION"
    assert look() == "ISSUED"
