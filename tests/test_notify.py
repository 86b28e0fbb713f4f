"""Who is told of drift, and of what changed since the last report."""

import json
import re

import pytest
from http_server import serve

TEXT = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_ssm_parameter" "note" {
  name  = "/NAME/note"
  type  = "String"
  value = "wanted"
  tags  = { Team = "wanted" }
}
"""
HOOK = '\n[[notify]]\nkind = "slack"\nurl_env = "HOOK"\n'
ISSUE = '\n[[notify]]\nkind = "github"\nrepo = "example/stacks"\ntoken_env = "ISSUES_TOKEN"\n'


@pytest.fixture
def watched(world, tmp_path):
    """Makes and applies a stack that tells somebody of drift."""

    def make(name, settings):
        stack = tmp_path / name
        stack.mkdir()
        (stack / "main.tf").write_text(TEXT.replace("NAME", name))
        (stack / "cairn.toml").write_text(f'name = "{name}"\n{settings}')
        world.apply(stack)
        return stack

    return make


def by_hand(world, name, value):
    tags = [{"Key": "Team", "Value": value}]
    world.client("ssm").add_tags_to_resource(ResourceType="Parameter", ResourceId=f"/{name}/note", Tags=tags)


def test_a_webhook_hears_of_drift_and_not_of_none(world, watched):
    stack = watched("hook", HOOK)
    with serve() as server:
        env = {"HOOK": f"{server.url}/s3cret"}
        world.output(stack, "drift", exit=0, env=env)
        assert server.requests == []
        by_hand(world, "hook", "found-by-hand")
        world.output(stack, "drift", exit=2, env=env)
    (request,) = server.requests
    assert (request.method, request.path, request.headers["Content-Type"]) == ("POST", "/s3cret", "application/json")
    assert list(request.json) == ["text"]
    text = request.json["text"]
    assert text.startswith("*Drift: 1 resource has drifted*\n```\nhook/default\n- aws_ssm_parameter.note is changed: tags.Team\n")
    assert "found-by-hand" not in text, "values stay in the report"


def test_several_stacks_with_one_webhook_are_one_message(world, watched, tmp_path):
    for name in ("one", "two"):
        watched(name, HOOK)
        by_hand(world, name, "x")
    with serve() as server:
        world.output(tmp_path, "drift", "one", "two", exit=2, env={"HOOK": server.url})
    (request,) = server.requests
    assert "one/default" in request.json["text"] and "two/default" in request.json["text"]


def test_only_what_changed_since_the_last_report_is_told(world, watched, tmp_path):
    stack = watched("since", HOOK)
    last = tmp_path / "last.json"
    with serve() as server:

        def look(exit):
            before = len(server.requests)
            printed = world.output(stack, "drift", "--format=json", f"--since={last}", exit=exit, env={"HOOK": server.url})
            last.write_text(printed)
            since = json.loads(printed)["since"]
            assert (len(server.requests) > before) == since["changed"]
            return {key: [n["address"] for n in since[key]] for key in ("new", "altered", "gone")}

        nothing = {"new": [], "altered": [], "gone": []}
        assert look(0) == nothing
        by_hand(world, "since", "x")
        assert look(2) == {**nothing, "new": ["aws_ssm_parameter.note"]}
        assert look(2) == nothing
        by_hand(world, "since", "y")
        assert look(2) == {**nothing, "altered": ["aws_ssm_parameter.note"]}
        world.cairn(stack, "apply", "-auto-approve")
        assert look(0) == {**nothing, "gone": ["aws_ssm_parameter.note"]}
        assert len(server.requests) == 3
        assert "Since " in server.requests[2].json["text"] and "1 gone" in server.requests[2].json["text"]


def test_a_topic_gets_the_report(world, watched):
    topic = world.client("sns").create_topic(Name="drift")["TopicArn"]
    sqs = world.client("sqs")
    queue = sqs.create_queue(QueueName="drift")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    world.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    stack = watched("topic", f'\n[[notify]]\nkind = "sns"\ntopic_arn = "{topic}"\n')
    by_hand(world, "topic", "x")
    world.output(stack, "drift", exit=2)
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    told = json.loads(message["Body"])
    assert told["Subject"] == "Drift: 1 resource has drifted (topic/default)"
    assert "- aws_ssm_parameter.note is changed: tags.Team\n" in told["Message"]


class GitHub:
    """The part of GitHub's API that issues are kept with."""

    def __init__(self, issues):
        self.issues = {number: dict(issue, number=number) for number, issue in enumerate(issues, 1)}

    def __call__(self, request):
        assert request.headers["Authorization"] == "Bearer s3cret" and request.headers["User-Agent"].startswith("cairn/")
        path, _, query = request.path.partition("?")
        if request.method == "GET" and path == "/repos/example/stacks/issues":
            size, page = (int(re.search(rf"\b{name}=(\d+)", query).group(1)) for name in ("per_page", "page"))
            assert "state=open" in query and size <= 100
            found = [i for i in self.issues.values() if i["state"] == "open"]
            return 200, found[(page - 1) * size : page * size]
        if request.method == "POST" and path == "/repos/example/stacks/issues":
            number = len(self.issues) + 1
            self.issues[number] = {"number": number, "state": "open", **request.json}
            return 201, self.issues[number]
        number = re.fullmatch(r"/repos/example/stacks/issues/(\d+)", path)
        if request.method == "PATCH" and number:
            self.issues[int(number.group(1))].update(request.json)
            return 200, self.issues[int(number.group(1))]
        return 404, {"message": "Not Found"}

    def of(self, stack):
        return [i for i in self.issues.values() if i.get("title") == f"Drift: {stack}"]


def test_an_issue_is_made_updated_and_closed(world, watched):
    stack = watched("issue", ISSUE)
    others = [{"state": "open", "title": f"other {n}", "body": None} for n in range(150)]
    pull = {"state": "open", "title": "a pull request", "body": "<!-- cairn drift issue/default -->", "pull_request": {}}
    github = GitHub([*others, pull])
    with serve(github) as server:
        env = {"GITHUB_API_URL": server.url, "ISSUES_TOKEN": "s3cret"}
        world.output(stack, "drift", exit=0, env=env)
        assert github.of("issue/default") == []
        by_hand(world, "issue", "first")
        world.output(stack, "drift", exit=2, env=env)
        (issue,) = github.of("issue/default")
        assert issue["body"].startswith("## Drift: 1 resource has drifted\n") and '"first"' in issue["body"]
        by_hand(world, "issue", "second")
        world.output(stack, "drift", exit=2, env=env)
        (issue,) = github.of("issue/default")
        assert '"second"' in issue["body"] and issue["state"] == "open"
        world.cairn(stack, "apply", "-auto-approve")
        world.output(stack, "drift", exit=0, env=env)
        (issue,) = github.of("issue/default")
        assert (issue["state"], issue["state_reason"]) == ("closed", "completed") and issue["body"].startswith("## No drift")
        by_hand(world, "issue", "third")
        world.output(stack, "drift", exit=2, env=env)
        assert [i["state"] for i in github.of("issue/default")] == ["closed", "open"], "a closed issue stays closed"


def test_a_receiver_that_fails_hides_nothing(world, watched):
    topic = '\n[[notify]]\nkind = "sns"\ntopic_arn = "arn:aws:sns:us-east-1:000000000000:nowhere"\n'
    unset = '\n[[notify]]\nkind = "slack"\nurl_env = "UNSET"\n'
    closed = '\n[[notify]]\nkind = "slack"\nurl_env = "CLOSED"\n'
    stack = watched("failing", HOOK + ISSUE + topic + unset + closed)
    by_hand(world, "failing", "x")
    with serve(lambda _: (500, "s3cret")) as server:
        env = {"HOOK": f"{server.url}/s3cret", "ISSUES_TOKEN": "s3cret", "GITHUB_API_URL": server.url, "CLOSED": "http://127.0.0.1:9/s3cret"}
        printed = world.cairn(stack, "drift", "--format=json", exit=2, env=env)
    report, _ = json.JSONDecoder().raw_decode(printed)
    assert report["verdict"] == "drift"
    for warning in (
        "the webhook in HOOK could not be told: it answered 500",
        "the issue in example/stacks could not be told: it answered 500",
        "the topic arn:aws:sns:us-east-1:000000000000:nowhere could not be told: sns:Publish",
        "the webhook in UNSET could not be told: UNSET is not set",
        "the webhook in CLOSED could not be told: ",
    ):
        assert f"warning: {warning}" in printed, printed
    assert "s3cret" not in printed


def test_no_earlier_report_means_that_everything_is_new(world, watched, tmp_path):
    stack = watched("first", "")
    by_hand(world, "first", "x")
    for name, text in (("absent", None), ("empty", ""), ("wrong", '{"stacks": 1}')):
        if text is not None:
            (tmp_path / name).write_text(text)
        printed = world.cairn(stack, "drift", f"--since={tmp_path / name}", exit=2)
        assert f"warning: {tmp_path / name} holds no earlier report" in printed and "1 new" in printed
