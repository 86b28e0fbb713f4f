"""Rules: functions that stand around one operation of one service.

    @rule("ec2", "DescribeVpcs")
    def answer(call):
        reply = call.next()          # what LocalStack or moto answers, as boto3 would return it
        ...
        return reply

Rules that are registered later stand further out. Where an operation exists nowhere else, `call.next()` fails as
not implemented, so such a rule simply doesn't call it. State that the back ends have no place for lives in
`call.store(name)`: one dictionary per account and region.
"""

import base64
import copy
import fnmatch
import importlib
import logging
import os
import pkgutil
import threading
from collections import defaultdict

from localstack.aws.api import CommonServiceException
from localstack.utils.patch import patch

LOG = logging.getLogger(__name__)

#: strict mode (AWS's guards, pending states and the like); CAIRN_AWS_STRICT=0 leaves them out
STRICT = os.environ.get("CAIRN_AWS_STRICT", "1") != "0"

_rules = defaultdict(list)
_stores = defaultdict(dict)
lock = threading.RLock()


class Call:
    """One request on its way in: `request` may be changed, `next()` passes it on."""

    def __init__(self, context, request, inner):
        self.context = context
        self.request = request
        self._inner = inner
        self._sent = dict(request)

    account = property(lambda self: self.context.account_id)
    region = property(lambda self: self.context.region)

    def next(self, request=None):
        """Asks the back end. A changed request is serialised again, since moto reads the raw one."""
        if request is None and self.request == self._sent:
            return self._inner(self.context, self.request) or {}
        sent = self.request if request is None else request
        return self._inner(_with_request(self.context, sent), sent) or {}

    def store(self, name):
        return store(self.account, self.region, name)

    def get(self, key, default=None):
        return self.request.get(key, default)


def store(account, region, name):
    """State beside the back ends: one dictionary per account, region and name."""
    return _stores[(account, region)].setdefault(name, {})


def stores(account, region):
    return _stores[(account, region)]


def _with_request(context, request):
    """The same call with another request: moto parses the raw one, so that has to be made anew."""
    from localstack.aws.forwarder import create_aws_request_context

    new = create_aws_request_context(
        service_name=context.service.service_name,
        action=context.operation.name,
        parameters=request,
        region=context.region,
        protocol=context.protocol,
    )
    headers = copy.deepcopy(context.request.headers)
    headers.update(new.request.headers)
    new.request.headers = headers
    for name in ("account_id", "region", "partition", "request_id", "service_request"):
        if hasattr(context, name):
            setattr(new, name, getattr(context, name))
    new.service_request = request
    return new


def rule(service, *operations, strict=False):
    """Registers a function around operations of a service. Strict rules are left out by --lenient."""

    def register(function):
        if STRICT or not strict:
            for operation in operations:
                _rules[(service, operation)].append(function)
        return function

    return register


def error(code, message, status=400):
    """An error as AWS would send it."""
    return CommonServiceException(code, message, status_code=status, sender_fault=True)


def page(items, limit, token):
    """One page of a list and the token of the next; a limit of None means all."""
    start = int(base64.urlsafe_b64decode(token.encode()).decode()) if token else 0
    if not limit or start + limit >= len(items):
        return items[start:], None
    return items[start : start + limit], base64.urlsafe_b64encode(str(start + limit).encode()).decode()


def matches(value, pattern):
    """AWS's filter values: * and ? are wildcards."""
    if not any(c in pattern for c in "*?["):
        return value == pattern
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def tags_match(tags, filters):
    """Whether a list of tags passes the tag filters of an EC2 describe call."""
    values = {t["Key"]: t.get("Value", "") for t in tags or []}
    for item in filters:
        name, wanted = item["Name"], item.get("Values") or []
        if name == "tag-key":
            fits = any(matches(key, w) for key in values for w in wanted)
        else:
            key = name[len("tag:") :]
            fits = key in values and any(matches(values[key], w) for w in wanted)
        if not fits:
            return False
    return True


def idempotent(call, token, make):
    """A create call with a client token: the same token gives the same answer, with other parameters an error.

    https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
    """
    key = call.get(token)
    if not key:
        return make()
    with lock:
        seen = call.store(f"{call.context.service.service_name}.{call.context.operation.name}.{token}")
        request = {k: v for k, v in call.request.items() if k != token}
        if key in seen:
            before, reply = seen[key]
            if before != request:
                raise error("IdempotentParameterMismatch", "The client token was used with other parameters before.")
            return copy.deepcopy(reply)
        reply = make()
        seen[key] = (copy.deepcopy(request), copy.deepcopy(reply))
        return reply


def _wrap(function, inner):
    def handler(context, request):
        return function(Call(context, request, inner))

    return handler


def _missing(_context, _request):
    raise NotImplementedError


def install():
    """Loads the rule modules and wraps every dispatch table that LocalStack builds from now on."""
    import cairn_localstack

    for module in pkgutil.iter_modules(cairn_localstack.__path__):
        if module.name not in ("__main__", "hooks", "bridge", "rules"):
            importlib.import_module(f"cairn_localstack.{module.name}")

    from localstack.aws.skeleton import Skeleton

    @patch(Skeleton.__init__)
    def _init(fn, self, service, implementation):
        fn(self, service, implementation)
        for (name, operation), functions in _rules.items():
            if name == service.service_name:
                handler = self.dispatch_table.get(operation, _missing)
                for function in functions:
                    handler = _wrap(function, handler)
                self.dispatch_table[operation] = handler
