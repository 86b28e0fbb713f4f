"""Systems Manager: pages.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
"""

from .rules import page, rule


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
