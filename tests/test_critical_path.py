"""The longest way that tests/critical-path holds a run against."""

import critical_path

DOT = r"""
digraph "s/default" {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "aws_vpc.main";
  "aws_security_group.main[\"db\"]";
  "aws_db_instance.main";
  "data.aws_iam_policy_document.node" [style = dashed];
  "aws_autoscaling_group.node";
  "aws_nat_gateway.main";
  "aws_security_group.main[\"db\"]" -> "aws_vpc.main";
  "aws_db_instance.main" -> "aws_security_group.main[\"db\"]";
  "data.aws_iam_policy_document.node" -> "aws_db_instance.main";
  "aws_autoscaling_group.node" -> "data.aws_iam_policy_document.node";
  "aws_nat_gateway.main" -> "aws_vpc.main";
}
"""
TABLE = {
    "factor": 0.5,
    "types": {
        "aws_vpc": {"create": {"seconds": 2}},
        "aws_db_instance": {
            name: {"seconds": seconds}
            for name, seconds in {"create": 480, "create-multi-az": 960, "delete": 300, "release-network": 120}.items()
        },
        "aws_autoscaling_group": {"create": {"seconds": 40}, "delete": {"seconds": 75}},
        "aws_nat_gateway": {"create": {"seconds": 100}, "delete": {"seconds": 50}},
    },
}


def plan(action):
    kinds = ["aws_vpc.main", 'aws_security_group.main["db"]', "aws_db_instance.main", "aws_autoscaling_group.node", "aws_nat_gateway.main"]
    values = {"multi_az": True}
    return {"changes": [{"address": a, "type": a.split(".")[0], "action": action, "before": values, "after": values} for a in kinds]}


def test_what_is_made_waits_for_what_it_depends_on_also_through_data_sources():
    path = critical_path.applying(plan("create"), critical_path.dependencies(DOT), critical_path.Durations(TABLE, "none"))
    timed = [leg.address for leg in path if leg.takes]
    assert timed == ["aws_vpc.main", "aws_db_instance.main", "aws_autoscaling_group.node"]
    assert critical_path.length(path) == 0.5 * (2 + 960 + 40)


def test_what_is_destroyed_waits_for_what_depends_on_it_and_for_its_interfaces():
    path = critical_path.destroying(plan("delete"), critical_path.dependencies(DOT), critical_path.Durations(TABLE, "none"))
    timed = [leg.address for leg in path if leg.takes or leg.waits]
    assert timed == ["aws_autoscaling_group.node", "aws_db_instance.main", 'aws_security_group.main["db"]']
    assert critical_path.length(path) == 0.5 * (75 + 300 + 120)
