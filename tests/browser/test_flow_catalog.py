"""Flow 3 in the browser: the engineer publishes rules, and the form that is open at a practice follows."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import OLIVE, SINGLE_VISION, People, fill_order
from tests.support.running import CATALOG_ROUTE, RunningIls

NIGHT = {"id": "ar-night", "name": "AR Nightdrive", "group": "ar", "needs": ["hard"], "minutes": 700, "station": "AR"}
BECAUSE = "1.50 is not made spherical at the moment."


@pytest.fixture
def rules(ils: RunningIls) -> Iterator[dict[str, Any]]:
    """The rules in force; they are in force again afterwards."""
    published = ils.lims("GET", "rules?state=published")[0]
    yield ils.lims("GET", f"rules/{published['version']}")
    if ils.lims("GET", "rules?state=published")[0]["version"] != published["version"]:
        ils.lims("POST", f"rules/{published['version']}/rollback")


def test_an_open_form_shows_the_new_coating_keeps_what_was_entered_and_says_what_no_longer_goes(
    ils: RunningIls, people: People, rules: dict[str, Any]
) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive, reference="kept")
    _publish(ils, rules)
    _expect_new_rules(olive)
    _expect_entries_kept(olive)


def test_without_the_webhook_the_form_stays_behind_until_the_clock_looks(
    ils: RunningIls, people: People, rules: dict[str, Any]
) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive, reference="kept")
    with ils.webhook_dropped(CATALOG_ROUTE):
        _publish(ils, rules)
        with pytest.raises(AssertionError):
            expect(_coating(olive)).to_be_visible(timeout=2_000)
        ils.run_job("catalog.look", timestamp=0)
        _expect_new_rules(olive)
        _expect_entries_kept(olive)
    ils.lims("POST", f"rules/{rules['version']}/rollback")  # and this the form hears of
    expect(_coating(olive)).to_have_count(0)


def _publish(ils: RunningIls, rules: dict[str, Any]) -> None:
    changed = {
        **rules["rules"],
        "treatments": [*rules["rules"]["treatments"], NIGHT],
        "clashes": [
            *rules["rules"]["clashes"],
            {"first": "design:sv-sph", "second": "material:150", "because": BECAUSE, "fix": "Choose 1.60."},
        ],
    }
    changed["prices"] = {
        **changed["prices"],
        "treatments": {**changed["prices"]["treatments"], "ar-night": 2900},
    }
    draft = ils.lims("POST", "rules", json={"basedOn": rules["version"], "rules": changed, "note": "a test"})
    ils.lims("POST", f"rules/{draft['version']}/publish")


def _coating(page: Page):
    return page.get_by_role("checkbox", name=re.compile("^AR Nightdrive"))


def _expect_new_rules(page: Page) -> None:
    expect(_coating(page)).to_be_visible()
    expect(page.get_by_text(re.compile("^AR Nightdrive.*new$"))).to_be_visible()
    material = page.get_by_role("radio", name=re.compile(r"^1\.50"))
    expect(material).to_be_checked()
    expect(page.get_by_role("group", name=re.compile("^Material"))).to_contain_text(BECAUSE)


def _expect_entries_kept(page: Page) -> None:
    for label, value in SINGLE_VISION.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    expect(page.get_by_label("Your reference")).to_have_value("kept")
    for treatment in ("Hard coat", "AR standard"):
        expect(page.get_by_role("checkbox", name=re.compile(f"^{treatment}"))).to_be_checked()
