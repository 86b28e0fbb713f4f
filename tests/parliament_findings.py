"""What parliament says of policy documents: a JSON array in, an array of findings out. Runs in parliament's own environment."""

import json
import sys
import warnings

warnings.simplefilter("ignore")  # It reads its data in a way that newer Pythons warn of.
import parliament  # noqa: E402

findings = []
for document in json.load(sys.stdin):
    policy = parliament.analyze_policy_string(json.dumps(document))
    for finding in map(parliament.enhance_finding, policy.findings):
        findings.append({"severity": finding.severity, "issue": finding.issue, "detail": str(finding.detail)})
levels = {f"{s['prefix']}:{p['privilege']}": p["access_level"] for s in parliament.iam_definition for p in s["privileges"]}
json.dump({"findings": findings, "levels": levels}, sys.stdout)
