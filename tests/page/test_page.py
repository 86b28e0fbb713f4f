"""The page of a plan, as people use it: in a browser, on a phone, in the dark, by keyboard, without JavaScript."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import NAMES, PLANS, drawn, saved

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
GROUP_ARGUMENTS = {"security_groups", "security_group_ids", "vpc_security_group_ids"}
LOOKS = [(PHONE, "light"), (DESKTOP, "dark"), (PHONE, "dark"), (DESKTOP, "light")]
# Every page on a phone and on a desktop; those that people see most in the other light too.
SEEN = [(name, *look) for name in NAMES for look in (LOOKS if name in ("first", "pull-request") else LOOKS[:2])]


def visible(page):
    return page.locator(".resource:visible").count()


def unfold(page):
    """Opens every fold of the list, so that what is in it counts as visible."""
    page.evaluate("for (const fold of document.querySelectorAll('details.fold')) fold.open = true")


@pytest.mark.parametrize(("name", "viewport", "scheme"), SEEN, ids=lambda v: v if isinstance(v, str) else str(v["width"]))
def test_it_is_accessible_and_fits(opened, name, viewport, scheme):
    page = opened(drawn(name), viewport=viewport, color_scheme=scheme).page
    unfold(page)
    page.locator(".resource summary").first.click()
    page.screenshot(path=PLANS / f"{name}-{viewport['width']}-{scheme}.png")
    found = Axe().run(page).response["violations"]
    assert not found, json.dumps([{"id": f["id"], "nodes": [n["html"][:200] for n in f["nodes"][:3]]} for f in found], indent=1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page itself is wider than the window"


def test_it_needs_nothing_else_and_complains_of_nothing(page_file, opened):
    seen = opened(page_file)
    assert [u for u in seen.requests if u != page_file.as_uri()] == []
    assert seen.complaints == []
    assert seen.page.evaluate("window.broken") is None
    assert seen.page.locator("img").count() == 0


def test_every_resource_is_listed_once_and_drawn_once(opened):
    plan = saved("pull-request")
    page = opened(drawn("pull-request")).page
    listed = page.evaluate("[...document.querySelectorAll('.resource')].map(r => r.querySelector('.address').textContent)")
    assert sorted(listed) == sorted(c["address"] for c in plan["changes"])
    items = set(page.evaluate("[...document.querySelectorAll('.architecture a[data-item]')].map(a => a.dataset.item)"))
    behind = set(page.evaluate("[...document.querySelectorAll('.resource')].map(r => r.dataset.item)"))
    assert behind == items


def test_what_is_not_made_yet_knows_its_place():
    """Each security group but the one for the shared file system, which is made elsewhere, has members to draw arrows to."""
    references = saved("first")["references"]
    named = {address for arguments in references.values() for name, of in arguments.items() if name in GROUP_ARGUMENTS for address in of}
    assert {g.split('"')[1] for g in named} == {"alb", "app", "db", "endpoints"}
    balancer = references["module.edge.aws_lb.main"]
    assert balancer["subnets"] == [f'module.network.aws_subnet.main["public-{zone}"]' for zone in "ab"]


def test_a_click_on_the_drawing_shows_what_is_behind_it(opened):
    page = opened(drawn("pull-request"), viewport=DESKTOP).page
    unfold(page)
    total = visible(page)
    database = page.get_by_role("link", name="Database moodle-production", exact=False)
    database.click()
    assert 0 < visible(page) < total
    own = page.locator(".resource", has_text="module.data.aws_db_instance.main").first
    assert own.locator("details").first.get_attribute("open") is not None
    assert own.locator(".declared code").first.inner_text().startswith("modules/data/database.tf:")
    diff = own.locator("pre.diff").inner_text()
    assert "-/+ resource" in diff and "instance_class" in diff
    assert database.get_attribute("aria-current") == "true"
    page.get_by_role("button", name="Show all again").click()
    assert visible(page) == total
    assert database.get_attribute("aria-current") is None


def test_search_and_filter(opened):
    page = opened(drawn("pull-request")).page
    unfold(page)
    page.get_by_role("searchbox", name="Search").fill("aws_autoscaling_group web")
    names = page.locator(".resource:visible .address").all_inner_texts()
    assert 'module.app.aws_autoscaling_group.node["web"]' in names
    assert len(names) < page.locator(".resource").count() / 4
    page.get_by_role("button", name="Show all again").click()
    unfold(page)
    destroyed = page.locator(".resource[data-effect=destroyed]:visible").count()
    assert destroyed > 0
    page.get_by_role("checkbox", name="destroyed").uncheck()
    assert page.locator(".resource[data-effect=destroyed]:visible").count() == 0
    assert f"of {page.locator('.resource').count()} resources" in page.get_by_role("status").inner_text()


def test_drift_is_told_from_change(opened):
    page = opened(drawn("pull-request")).page
    drifted = page.locator(".resource", has=page.locator("summary .word", has_text="drifted"))
    addresses = drifted.locator(".address").all_inner_texts()
    assert any("aws_autoscaling_group.node[\"web\"]" in a for a in addresses), addresses
    assert any("ingress_rule.sgr-" in a for a in addresses), addresses
    assert not any("aws_db_instance" in a for a in addresses), addresses


def test_on_a_phone_the_gravest_change_is_seen_first(opened):
    page = opened(drawn("pull-request"), viewport=PHONE).page
    view = page.locator(".canvas").bounding_box()
    box = page.locator(".architecture a.destroyed .body").first.bounding_box()
    assert view["x"] <= box["x"] and box["x"] + box["width"] <= view["x"] + view["width"]
    assert view["y"] <= box["y"] and box["y"] + box["height"] <= view["y"] + view["height"]


def test_what_policies_say_is_in_the_head(opened):
    page = opened(drawn("policies"), viewport=PHONE).page
    said = page.locator("header .refusal, header .warning").all_inner_texts()
    assert [s.split(": ")[0] for s in said] == ["A policy refuses", "A policy warns"]
    assert said[0].startswith("A policy refuses: module.data.aws_db_instance.main: too small</script>")
    assert said[0].endswith("(main.deny_small, modules/data/database.tf:1:1)") and "\x1b" not in said[0] and "\u202e" not in said[0]
    assert said[1] == "A policy warns: somebody should look at the logs (advice.warn)"
    assert page.locator("header .refusal").first.bounding_box()["y"] < page.locator(".canvas").bounding_box()["y"]
    assert page.evaluate("window.broken") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_refusal_has_the_colour_of_what_is_destroyed(opened, scheme):
    page = opened(drawn("policies"), color_scheme=scheme).page
    colour = "e => getComputedStyle(e).borderLeftColor"
    refusal, warning = (page.locator(f"header .{kind}").first.evaluate(colour) for kind in ("refusal", "warning"))
    destroyed = page.evaluate("getComputedStyle(document.querySelector('.count.destroyed')).color")
    assert refusal != warning and refusal == destroyed


def test_by_keyboard(opened):
    page = opened(drawn("pull-request"), viewport=DESKTOP).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".architecture a[data-item]").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is False


def test_without_javascript(opened):
    page = opened(drawn("pull-request"), java_script_enabled=False).page
    assert page.locator(".filter").is_visible() is False
    first = page.locator(".resource details").first
    assert first.locator("pre.diff").is_visible() is False
    first.locator("summary").first.click()
    assert first.locator("pre.diff").is_visible()
    assert page.locator("svg.architecture").is_visible()


def test_a_thousand_resources_stay_usable(opened):
    page = opened(drawn("thousand"), viewport=DESKTOP).page
    assert page.locator(".resource").count() == 1000
    assert page.locator(".architecture a[data-item]").count() < 200
    page.get_by_role("searchbox", name="Search").fill('tenant["0999"]')
    assert visible(page) == 1


def test_no_secret_is_on_a_page(page_file):
    secrets = json.loads((PLANS / "secrets.json").read_text())
    assert secrets, "the emulated VPN connection has keys"
    text = page_file.read_text()
    assert [s for s in secrets if s in text] == []
