"""The ignore list, and types that may stay unread."""

import datetime
import json

from http_server import serve

TEXT = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
  tags       = { Name = "main" }
}

resource "aws_ssm_parameter" "note" {
  name  = "/ignore/note"
  type  = "String"
  value = "wanted"
  tags  = { Team = "a" }
}
"""
BY_HAND = dict(Name="/ignore/note", Value="found", Overwrite=True)


def entry(address, attribute=None, expires="2999-12-31", reason="agreed in the review"):
    attribute = f"attribute = '{attribute}'\n" if attribute else ""
    return f"\n[[ignore]]\naddress = '{address}'\n{attribute}reason = '{reason}'\nexpires = {expires}\n"


def looked(world, stack, exit, **more):
    report = json.loads(world.output(stack, "drift", "--format=json", exit=exit, **more))
    return report["stacks"][0]


def test_what_the_list_covers_is_no_drift_and_still_told(world, folder):
    stack = folder(TEXT, "ignore", entry("aws_ssm_parameter.*", "value"))
    world.apply(stack)
    world.client("ssm").put_parameter(**BY_HAND)
    told = looked(world, stack, exit=0)
    assert (told["verdict"], told["findings"], told["unmatched_ignores"]) == ("no_drift", [], [])
    (ignored,) = told["ignored"]
    assert (ignored["address"], ignored["attributes"]) == ("aws_ssm_parameter.note", ["value"])
    assert (ignored["entry"]["reason"], ignored["entry"]["declared"]["line"]) == ("agreed in the review", 3)
    world.client("ssm").add_tags_to_resource(ResourceType="Parameter", ResourceId="/ignore/note", Tags=[{"Key": "Team", "Value": "b"}])
    (finding,) = looked(world, stack, exit=2)["findings"]
    assert [d["attribute"] for d in finding["differences"]] == ['tags.Team']


def test_an_expired_entry_is_drift_again_and_one_for_nothing_is_told(world, folder):
    stack = folder(TEXT, "ignore", entry("aws_ssm_parameter.note", "value", "2020-01-31") + entry("aws_vpc.main"))
    world.apply(stack)
    world.client("ssm").put_parameter(**BY_HAND)
    told = looked(world, stack, exit=2)
    assert told["findings"][0]["expired_ignore"]["expires"] == "2020-01-31"
    assert [e["address"] for e in told["unmatched_ignores"]] == ["aws_vpc.main"]
    text = world.cairn(stack, "drift", exit=2)
    assert "was ignored until 2020-01-31, and is drift again: agreed in the review" in text
    assert "cairn.toml:9 (aws_vpc.main) covers nothing" in text


def test_written_entries_need_a_reason_before_they_count(world, folder):
    stack = folder(TEXT, "ignore", "# kept\n")
    world.apply(stack)
    world.client("ssm").put_parameter(**BY_HAND)
    printed = world.cairn(stack, "drift", "--write-ignore", exit=2)
    assert "added to the ignore list: 1." in printed
    settings = stack / "cairn.toml"
    written = settings.read_text()
    in_a_month = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=30)
    assert "# kept" in written and 'reason = ""' in written and f"expires = {in_a_month}" in written
    refused = world.cairn(stack, "drift", exit=1)
    assert "the reason is empty" in refused and "cairn.toml:8:10" in refused
    settings.write_text(written.replace('reason = ""', 'reason = "seen"'))
    world.cairn(stack, "drift", exit=0)
    assert "nothing to add" in world.cairn(stack, "drift", "--write-ignore", exit=0)


DENIED = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>"


def test_a_type_that_can_not_be_read_is_unknown_unless_it_is_allowed(world, folder):
    stack = folder(TEXT, "ignore", entry("aws_vpc.main"))
    world.apply(stack)
    with serve(lambda _: (403, DENIED)) as ec2:
        env = {"AWS_ENDPOINT_URL_EC2": ec2.url}
        told = looked(world, stack, exit=1, env=env)
        unread = [u["type"] for u in told["unchecked"]]
        assert told["verdict"] == "unknown" and "aws_vpc" in unread and told["unmatched_ignores"] == []
        allowed = world.output(stack, "drift", "--format=json", *(f"--allow-unchecked={t}" for t in unread), exit=0, env=env)
        assert all(u["allowed"] for u in json.loads(allowed)["stacks"][0]["unchecked"])
        (stack / "cairn.toml").write_text('name = "ignore"\n[drift]\nallow_unchecked = ["aws_*"]\n')
        told = looked(world, stack, exit=0, env=env)
        assert told["verdict"] == "no_drift" and [u["type"] for u in told["unchecked"]] == unread
        assert "(allowed)" in world.cairn(stack, "drift", exit=0, env=env)
        world.client("ssm").put_parameter(**BY_HAND)
        assert looked(world, stack, exit=2, env=env)["verdict"] == "drift"
