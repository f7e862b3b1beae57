"""The lab's system away while its rules are worked on: the dialog says so, and the next press works."""

import re

from playwright.sync_api import expect

from tests.support.browsing import INES, People
from tests.support.running import RunningIls


def test_publishing_with_the_lab_silent_says_so_in_the_dialog_and_the_next_press_works(
    ils: RunningIls, people: People
) -> None:
    rules = ils.lims("GET", "rules?state=published")[0]
    draft = ils.lims("POST", "rules", json={"basedOn": rules["version"], "note": "an outage"})
    ines = people.at(INES, f"/engineering/catalog?version={draft['version']}")
    ines.get_by_role("button", name="Publish").click()
    dialog = ines.get_by_role("alertdialog")
    dialog.get_by_label("Why?").fill("to see")
    press = dialog.get_by_role("button", name="Publish")
    ils.sandbox.control(outage=True, outage_mode="silence")
    try:
        press.click()
        expect(dialog).to_contain_text("is being asked", timeout=2_000)
        expect(dialog).to_contain_text("does not answer; nothing was changed. Try again.", timeout=15_000)
        expect(press).to_be_enabled()
    finally:
        ils.sandbox.control(outage=False, outage_mode="503")
    ils.wait_for_lims()
    press.click()
    expect(dialog).to_have_count(0)
    assert ils.lims("GET", "rules?state=published")[0]["version"] == draft["version"]
    ils.lims("POST", f"rules/{rules['version']}/rollback")


def test_rules_that_are_json_but_cannot_be_used_are_answered_in_words_beside_the_form(
    ils: RunningIls, people: People
) -> None:
    draft = ils.lims("POST", "rules", json={"note": "wrong text"})
    ines = people.at(INES, f"/engineering/catalog?version={draft['version']}")
    ines.get_by_label("What to change").select_option("replace")
    ines.get_by_label("Section", exact=True).select_option("prism")
    text = ines.get_by_label("As JSON")
    expect(text).to_have_value(re.compile("step"))
    assert "mono" in text.evaluate("field => getComputedStyle(field).fontFamily").lower()
    for _ in range(2):
        text.fill('{"step": "wide"}')
        ines.get_by_role("button", name="Change the draft").click()
        expect(ines.get_by_role("main")).to_contain_text("These rules cannot be used.")
        expect(ines.get_by_role("main")).to_contain_text("prism")
    expect(ines.locator("[data-sonner-toast]")).to_have_count(0)
    ines.get_by_label("What to change").select_option("power_range")
    expect(ines.get_by_label("Highest sphere")).not_to_have_value("")
