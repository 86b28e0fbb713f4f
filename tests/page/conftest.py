"""Plans, the pages that the binary draws of them, and a browser."""

import copy
import json
import os
import pathlib
import subprocess

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLANS = pathlib.Path(os.environ["PLANS"])
# What keeps Chromium from looking for its maker's hosts.
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
BAD = "</script></pre><script>window.broken = 1</script><img src=x onerror=\"window.broken = 1\">\x1b[2J\u202e\u0000'\"&"


def saved(name):
    return json.loads((PLANS / f"{name}.json").read_text())


def thousand():
    """A thousand resources in one network, of all that can happen."""
    plan = saved("first")
    likes = plan["changes"]
    actions = ["create", "no_op", "no_op", "update", "delete", "delete_then_create"]
    for n in range(len(likes), 1000):
        like = copy.deepcopy(likes[n % 161])
        like["address"] = f'module.tenant["{n:04}"].{like["type"]}.{like["name"]}'
        like["action"] = actions[n % len(actions)]
        if like["action"] != "create":
            like["before"] = like["after"]
            like["id"] = f"live-{n}"
        if like["action"] == "delete":
            like["after"] = None
        likes.append(like)
    plan["references"].update({c["address"]: plan["references"].get(likes[n % 161]["address"], {}) for n, c in enumerate(likes)})
    return plan


def hostile():
    """Text from outside that would break a page that does not escape it."""

    def spoil(value):
        if isinstance(value, str):
            return f"{value}{BAD}"
        if isinstance(value, list):
            return [spoil(v) for v in value]
        if isinstance(value, dict):
            return {f"{k}{BAD}" if k in ("Name", "Tier") else k: spoil(v) for k, v in value.items()}
        return value

    plan = saved("first")
    for n, change in enumerate(plan["changes"]):
        change["after"] = spoil(change["after"])
        change["address"] = f"{change['address']}{BAD}"
        change["declared_at"] = f"{change['declared_at']}{BAD}"
        if n % 7 == 0:
            change["after"]["name"] = "x" * 100_000
    plan["stack"] += BAD
    plan["warnings"] = [BAD]
    plan["unchecked"] = [{"type": BAD, "provider": "aws", "reason": BAD}]
    return plan


def policies():
    """What policies say of the pull request; the message of one would break a page that does not escape it."""
    plan = saved("pull-request")
    plan["findings"] = [
        {"severity": "deny", "rule": "main.deny_small", "resource": "module.data.aws_db_instance.main", "message": f"too small{BAD}", "at": "modules/data/database.tf:1:1"},
        {"severity": "warn", "rule": "advice.warn", "resource": None, "message": "somebody should look at the logs", "at": None},
    ]
    return plan


MADE = {"thousand": thousand, "hostile": hostile, "policies": policies}
NAMES = ["first", "nothing", "pull-request", "policies", "thousand", "hostile", "stack"]


@pytest.fixture(scope="session", params=NAMES)
def page_file(request):
    return drawn(request.param)


def drawn(name):
    """The page of a plan, drawn once by the binary."""
    file = PLANS / f"{name}.html"
    if not file.exists():
        plan = PLANS / f"{name}.json"
        if name in MADE:
            plan.write_text(json.dumps(MADE[name]()))
        command = [os.environ["CAIRN_BIN"], "-C", str(ROOT / "stacks/moodle"), "--workspace", "production", "show", "-format=html", str(plan)]
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr.decode()
        file.write_bytes(done.stdout)
    return file


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=QUIET)
        yield browser
        browser.close()


class Opened:
    """A page, and what it asked for and complained of."""

    def __init__(self, browser, file, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", lambda m: self.complaints.append(m.text))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.goto(file.as_uri())


@pytest.fixture
def opened(browser):
    """Opens pages, and closes them after the test."""
    pages = []

    def make(file, **options):
        pages.append(Opened(browser, file, **options))
        return pages[-1]

    yield make
    for page in pages:
        page.context.close()
