"""The list of the rules, for people: `python -m cairn_localstack.rulebook` prints it, `--write FILE` puts it into a file.

In the file it stands between two comments, which the list replaces what is between.
"""

import sys

from . import rules

DOCS = "https://docs.aws.amazon.com/"
#: service -> the start of its API reference, to which the name of an operation is added
REFERENCES = {
    "acm": "acm/latest/APIReference/API_",
    "autoscaling": "autoscaling/ec2/APIReference/API_",
    "backup": "aws-backup/latest/devguide/API_",
    "cloudfront": "cloudfront/latest/APIReference/API_",
    "cloudtrail": "awscloudtrail/latest/APIReference/API_",
    "cloudwatch": "AmazonCloudWatch/latest/APIReference/API_",
    "ec2": "AWSEC2/latest/APIReference/API_",
    "ecs": "AmazonECS/latest/APIReference/API_",
    "efs": "efs/latest/ug/API_",
    "elasticache": "AmazonElastiCache/latest/APIReference/API_",
    "elbv2": "elasticloadbalancing/latest/APIReference/API_",
    "iam": "IAM/latest/APIReference/API_",
    "kms": "kms/latest/APIReference/API_",
    "lambda": "lambda/latest/api/API_",
    "logs": "AmazonCloudWatchLogs/latest/APIReference/API_",
    "rds": "AmazonRDS/latest/APIReference/API_",
    "resourcegroupstaggingapi": "resourcegroupstagging/latest/APIReference/API_",
    "route53": "Route53/latest/APIReference/API_",
    "s3": "AmazonS3/latest/API/API_",
    "scheduler": "scheduler/latest/APIReference/API_",
    "secretsmanager": "secretsmanager/latest/apireference/API_",
    "shield": "waf/latest/DDOSAPIReference/API_",
    "sns": "sns/latest/api/API_",
    "sqs": "AWSSimpleQueueService/latest/APIReference/API_",
    "ssm": "systems-manager/latest/APIReference/API_",
    "sts": "STS/latest/APIReference/API_",
    "wafv2": "waf/latest/APIReference/API_",
}
BEGIN, END = "<!-- rules -->", "<!-- end of the rules -->"
FEW = 6


def source(made, operation):
    """The page that documents what a rule does to an operation."""
    return made.source or f"{DOCS}{REFERENCES[made.service]}{operation}.html"


def _operations(made):
    if not made.operations:
        return f"[every call]({made.source})"
    links = [f"[{o}]({source(made, o)})" for o in made.operations[:FEW]]
    return ", ".join(links) + (f" and {len(made.operations) - FEW} more" if len(made.operations) > FEW else "")


def markdown():
    """All rules by service, as tables; `S` marks those of strict mode."""
    services = {}
    for made in rules.RULES:
        services.setdefault(made.service, {}).setdefault((made.name, made.source), []).append(made)
    parts = []
    for service in sorted(services):
        rows = []
        for same in services[service].values():
            where = ", ".join(_operations(made) for made in same)
            rows.append(f"| {'S' if same[0].strict else ''} | {where} | {same[0].text} |")
        parts.append("\n".join([f"**{service}**", "", "| | operations | what holds |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def put_into(text):
    """A file's text with the list as it is now."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"


def main(arguments):
    rules.load()
    if arguments[:1] == ["--write"] and len(arguments) == 2:
        with open(arguments[1]) as file:
            text = file.read()
        with open(arguments[1], "w") as file:
            file.write(put_into(text))
    elif not arguments:
        print(markdown())
    else:
        sys.exit("usage: python -m cairn_localstack.rulebook [--write FILE]")


if __name__ == "__main__":
    main(sys.argv[1:])
