"""What the browser does by itself: prescription fields, moments in words, the scanner, the letters."""

import pytest
from playwright.async_api import expect

from ils_app.ui.rx_fields import RX_KINDS, rx_number_field

pytestmark = pytest.mark.browser


def rx_input(kind: str, value: str = "") -> str:
    """The field as `rx_number_field` writes it, as plain HTML."""
    written = rx_number_field("field", kind, "Right value").custom_attrs
    rules = {name.replace("_", "-"): text for name, text in written.items() if name.startswith("data")}
    attributes = " ".join(f'{name}="{text}"' for name, text in rules.items())
    return f'<input name="field" aria-label="Right value" value="{value}" {attributes}>'


@pytest.mark.parametrize(
    ("kind", "typed", "left"),
    [
        ("sphere", "-3.25", "-3.25"),
        ("sphere", "-325", "-3.25"),
        ("sphere", "3,5", "+3.50"),
        ("sphere", "+.5", "+0.50"),
        ("sphere", "−4", "-4.00"),
        ("sphere", "pl", "0.00"),
        ("sphere", "-30", "-30.00"),
        ("sphere", "-0.125", "-0.125"),
        ("sphere", "minus two", "minus two"),
        ("cylinder", "-75", "-0.75"),
        ("cylinder", "ds", ""),
        ("add", "2", "+2.00"),
        ("add", "225", "+2.25"),
        ("axis", "010", "10"),
        ("axis", "200", "200"),
        ("prism", "1.5", "1.50"),
        ("pd", "315", "31.5"),
        ("pd", "31", "31.0"),
        ("height", "21", "21"),
        ("height", "205", "20.5"),
        ("sphere", "", ""),
    ],
)
async def test_a_prescription_value_is_written_out_when_its_field_is_left(show, kind: str, typed: str, left: str):
    page = await show(rx_input(kind) + "<button>next</button>")
    field = page.get_by_label("Right value")
    await field.click()
    await page.keyboard.type(typed)
    await page.keyboard.press("Tab")
    await expect(field).to_have_value(left)


@pytest.mark.parametrize(
    ("kind", "start", "keys", "end"),
    [
        ("sphere", "-3.25", ["ArrowUp"], "-3.00"),
        ("sphere", "-0.25", ["ArrowUp", "ArrowUp"], "+0.25"),
        ("sphere", "", ["ArrowDown"], "-0.25"),
        ("sphere", "-3.25", ["Shift+ArrowDown"], "-4.25"),
        ("add", "+0.25", ["ArrowDown", "ArrowDown"], "0.00"),
        ("axis", "180", ["ArrowUp"], "1"),
        ("axis", "1", ["ArrowDown"], "180"),
        ("axis", "", ["ArrowUp"], "1"),
        ("axis", "90", ["Shift+ArrowUp"], "95"),
        ("pd", "31.5", ["ArrowUp"], "32.0"),
        ("height", "21", ["ArrowDown"], "20.5"),
    ],
)
async def test_arrow_keys_step_a_prescription_value(show, kind: str, start: str, keys: list[str], end: str):
    page = await show(rx_input(kind, start))
    await page.evaluate("window.heard = []; document.addEventListener('input', e => heard.push(e.target.value))")
    await page.get_by_label("Right value").focus()
    for key in keys:
        await page.keyboard.press(key)
    await expect(page.get_by_label("Right value")).to_have_value(end)
    assert (await page.evaluate("heard"))[-1] == end, "the app must hear of every step"


def test_every_kind_of_prescription_value_has_bounds_its_steps_reach():
    assert all(kind.least < kind.most and kind.step <= kind.big_step for kind in RX_KINDS.values())


async def test_enter_goes_on_to_the_next_field_and_sends_nothing(show):
    page = await show(f"<form action='/sent'>{rx_input('sphere')}<input aria-label='Next'><button>send</button></form>")
    await page.get_by_label("Right value").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Next")).to_be_focused()
    assert page.url == "http://ils.test/"


async def test_one_eye_is_copied_to_the_other_as_if_it_were_typed(show):
    page = await show(
        "<input name='od_axis' value='90'><input name='os_axis' aria-label='Left axis'>"
        "<button data-copy-from='od_' data-copy-to='os_'>copy</button>"
    )
    await page.evaluate("window.heard = []; document.addEventListener('input', e => heard.push(e.target.name))")
    await page.get_by_role("button").click()
    await expect(page.get_by_label("Left axis")).to_have_value("90")
    assert await page.evaluate("heard") == ["os_axis"]


@pytest.mark.parametrize(
    ("mode", "at", "words"),
    [
        ("ago", "2026-12-01T11:59:40+00:00", "just now"),
        ("ago", "2026-12-01T11:56:00+00:00", "4 min ago"),
        ("ago", "2026-12-01T09:00:00+00:00", "3 h ago"),
        ("ago", "2026-11-30T14:02:00+00:00", "yesterday 14:02"),
        ("ago", "2026-12-01T12:20:00+00:00", "in 20 min"),
        ("due", "2026-12-03", "in 2 days"),
        ("due", "2026-12-02", "tomorrow"),
        ("due", "2026-12-01", "today"),
        ("due", "2026-11-30", "late by 1 day"),
        ("due", "2026-12-01T17:00:00+00:00", "today 17:00"),
        ("due", "2026-12-01T08:00:00+00:00", "late by 4 h"),
        ("due", "2026-12-24", "Thu 24 Dec"),
        ("clock", "2026-12-01T14:02:00+02:00", "12:02"),
        ("day", "2027-01-04", "Mon 4 Jan 2027"),
        ("exact", "2026-12-03T17:00:00+00:00", "Thu 3 Dec 2026, 17:00"),
        ("ago", "", ""),
    ],
)
async def test_a_moment_is_told_in_the_readers_words_and_zone(show, mode: str, at: str, words: str):
    page = await show("")
    await page.clock.set_fixed_time("2026-12-01T12:00:00Z")
    await page.evaluate(f'document.body.innerHTML = \'<ils-time mode="{mode}" at="{at}"></ils-time>\'')
    await expect(page.locator("ils-time time")).to_have_text(words)


async def test_a_finished_job_is_never_late_and_its_first_promise_is_told_on_hover(show):
    page = await show("")
    await page.clock.set_fixed_time("2026-12-01T12:00:00Z")
    await page.evaluate(
        "document.body.innerHTML = '<ils-time mode=due at=2026-11-30 promised=2026-11-27 done=yes></ils-time>'"
    )
    told = page.locator("ils-time time")
    await expect(told).to_have_text("Mon 30 Nov")
    await expect(told).to_have_attribute("title", "Promised for Mon 30 Nov 2026; first promised for Fri 27 Nov 2026")


SCAN = (
    "<button>elsewhere</button><a data-shortcut='t' href='#t'>t</a><textarea aria-label='Note'></textarea>"
    "<form><input data-scan name='scan'></form>"
)


BURST = """code => {
  const at = document.activeElement;
  for (const key of [...code, "Enter"]) {
    const heard = at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    if (heard && key.length === 1 && at.type === "search") at.value += key;
  }
}"""


async def test_a_scan_lands_in_the_scan_field_wherever_the_focus_is(show):
    page = await show(SCAN)
    await page.evaluate("window.sent = []")
    await page.evaluate(
        "document.forms[0].addEventListener('submit', e => { e.preventDefault(); sent.push(e.target.scan.value) })"
    )
    await page.get_by_role("button").focus()
    await page.evaluate(BURST, "T-20417")
    assert await page.evaluate("sent") == ["T-20417"]
    assert page.url == "http://ils.test/", "a letter of the scan pressed its shortcut"


FILTERED = (
    "<a data-shortcut='t' href='#t'>t</a><input type='search' aria-label='Filter' value='rush'>"
    "<select aria-label='Practice'><option>Every practice</option><option>Tarn</option><option>Thames</option></select>"
    "<form><input data-scan name='scan'></form>"
)
HEAR = """window.sent = []; window.changed = [];
document.forms[0].addEventListener('submit', e => { e.preventDefault(); sent.push(e.target.scan.value) });
document.addEventListener('change', e => changed.push(e.target.value))"""


@pytest.mark.parametrize(("label", "value"), [("Filter", "rush"), ("Practice", "Every practice")])
async def test_a_scan_is_taken_from_a_filter_too_and_leaves_it_as_it_was(show, label: str, value: str):
    page = await show(FILTERED)
    await page.evaluate(HEAR)
    await page.get_by_label(label).focus()
    await page.evaluate(BURST, "T-20417")
    assert await page.evaluate("sent") == ["T-20417"]
    await expect(page.get_by_label(label)).to_have_value(value)
    assert await page.evaluate("changed") == []
    assert page.url == "http://ils.test/"


async def test_a_drop_down_is_still_searched_by_letters(show):
    page = await show(FILTERED)
    await page.get_by_label("Practice").focus()
    await page.keyboard.press("t", delay=5)
    await expect(page.get_by_label("Practice")).to_have_value("Tarn")
    await page.keyboard.press("h")
    await expect(page.get_by_label("Practice")).to_have_value("Thames")


async def test_words_typed_by_hand_into_a_filter_are_no_scan(show):
    page = await show(FILTERED)
    await page.evaluate(HEAR)
    await page.get_by_label("Filter").fill("")
    await page.keyboard.type("harbour", delay=70)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Filter")).to_have_value("harbour")
    assert await page.evaluate("sent") == []


async def test_half_a_scan_is_handed_on_so_that_the_app_can_say_so(show):
    page = await show(FILTERED)
    await page.evaluate(HEAR)
    await page.evaluate(BURST, "T-2")
    assert await page.evaluate("sent") == ["T-2"]


@pytest.mark.parametrize("scans", [True, False])
async def test_the_letters_of_the_rail_help_and_search_work_with_and_without_a_scan_field(show, scans: bool):
    page = await show(
        "<a data-shortcut='N' href='#new'>New order</a><button data-help>Help</button>"
        "<div class='ils-board'>"
        "<a class='ils-job-link' href='#1'>one</a><a class='ils-job-link' href='#2'>two</a></div>"
        + ("<form><input data-scan aria-label='Find'></form>" if scans else "<input data-search aria-label='Find'>")
    )
    await page.evaluate(
        "window.helped = 0; document.querySelector('[data-help]').addEventListener('click', () => { helped += 1 })"
    )
    await page.keyboard.press("n")
    await expect(page).to_have_url("http://ils.test/#new")
    await page.keyboard.press("?")
    await page.wait_for_timeout(100)  # longer than a letter waits for more of a scan
    assert await page.evaluate("helped") == 1, "pressed twice, the list of keys opens and closes again"
    for key in "jj":
        await page.keyboard.press(key)
        await page.wait_for_timeout(100)
    await expect(page.get_by_role("link", name="two")).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.get_by_role("link", name="one")).to_be_focused()
    await page.wait_for_timeout(100)
    await page.keyboard.press("/")
    await expect(page.get_by_label("Find")).to_be_focused()
    await expect(page.get_by_label("Find")).to_have_value("")


async def test_a_scan_into_a_text_field_stays_there(show):
    page = await show(SCAN)
    await page.get_by_label("Note").focus()
    await page.keyboard.type("T-20417")
    await expect(page.get_by_label("Note")).to_have_value("T-20417")
    await expect(page.locator("[data-scan]")).to_have_value("")


async def test_single_letters_press_what_they_name_but_not_while_typing_nor_when_switched_off(show):
    page = await show("<a data-shortcut='n' href='#new'>New order</a><input aria-label='Patient'>")
    await page.get_by_label("Patient").focus()
    await page.keyboard.press("n")
    assert page.url == "http://ils.test/"
    await page.get_by_label("Patient").blur()
    await page.keyboard.press("Control+n")
    assert page.url == "http://ils.test/"
    await page.evaluate("localStorage.setItem('ils-shortcuts', 'off')")
    await page.keyboard.press("n")
    assert page.url == "http://ils.test/"
    await page.evaluate("localStorage.removeItem('ils-shortcuts')")
    await page.keyboard.press("n")
    await expect(page).to_have_url("http://ils.test/#new")


async def test_the_colours_are_right_before_the_first_paint(show):
    page = await show("")
    await page.evaluate("localStorage.setItem('theme', 'dark')")
    await page.reload()
    assert await page.evaluate("document.documentElement.className") == "dark"


async def test_a_cell_glows_when_its_value_changes_and_not_when_a_row_takes_its_place(show):
    page = await show("<ils-glow of='1:status' value='submitted'><b>Submitted</b></ils-glow>")
    glow = page.locator("ils-glow")
    count = "document.getAnimations().length"
    assert await page.evaluate(count) == 0
    await glow.evaluate("e => { e.setAttribute('of', '2:status'); e.setAttribute('value', 'shipped') }")
    assert await page.evaluate(f"Promise.resolve().then(() => {count})") == 0
    await glow.evaluate("e => e.setAttribute('value', 'completed')")
    assert await page.evaluate(f"Promise.resolve().then(() => {count})") == 1
