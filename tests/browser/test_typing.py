"""On a slow and lossy line every key arrives, in order, and nothing is written under the hand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import OLIVE, People, choose_patient, fill_order, job_of, on_order_page, saved
from tests.support.delay_proxy import DelayProxy, Line, delay_proxy
from tests.support.running import RunningIls
from tests.support.sandbox_process import free_port

SENTENCE = "Please match the tint of her last pair!!"
assert len(SENTENCE) == 40
RX_KEYS = ("-225", "-075", "90", "200", "", "", "315", "18", "-175", "-050", "85", "200", "", "", "315", "18")
RX_SAYS = {
    "Right sphere": "-2.25", "Right cylinder": "-0.75", "Right axis": "90", "Right addition": "+2.00",
    "Right monocular PD in mm": "31.5", "Right fitting height in mm": "18",
    "Left sphere": "-1.75", "Left cylinder": "-0.50", "Left axis": "85", "Left addition": "+2.00",
    "Left monocular PD in mm": "31.5", "Left fitting height in mm": "18",
}  # fmt: skip
WATCH = """() => {
  window.jumps = [];
  const look = () => {
    const field = document.activeElement;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    if (field.selectionEnd !== field.value.length) window.jumps.push([field.name, field.value, field.selectionEnd]);
  };
  document.addEventListener("input", () => requestAnimationFrame(look));
  setInterval(look, 10);
}"""


@pytest.fixture(scope="module")
def line(ils: RunningIls) -> Iterator[tuple[Line, DelayProxy]]:
    """ILS behind a line of 150 ms round trip that loses one piece in a hundred."""
    port, line = free_port(), Line()
    ils.app.stop()
    ils.start_app(port=port)
    try:
        with delay_proxy(line, port=ils.port, to_port=port) as proxy:
            yield line, proxy
    finally:
        ils.app.stop()
        ils.start_app()


@pytest.fixture
def olive(people: People, line: tuple[Line, DelayProxy]) -> Iterator[Page]:
    """An order form on the slow line; the page came while it was still quick."""
    page = people.at(OLIVE, "/orders/new")
    line[0].round_trip_seconds, line[0].loss = 0.15, 0.01
    yield page
    line[0].heal()


def test_forty_fast_keys_in_a_text_field_arrive_complete_and_in_order_and_the_caret_stays(olive: Page) -> None:
    olive.evaluate(WATCH)
    note = olive.get_by_label("Note to the lab")
    note.focus()
    for key in SENTENCE:
        olive.keyboard.type(key)
    olive.wait_for_timeout(2_000)  # whatever the server may still want to write
    expect(note).to_have_value(SENTENCE)
    expect(note).to_be_focused()
    assert olive.evaluate("() => window.jumps") == []
    saved(olive)
    olive.reload()
    expect(olive.get_by_label("Note to the lab")).to_have_value(SENTENCE)


def test_a_prescription_typed_fast_with_tab_arrives_as_it_was_typed(olive: Page, line: tuple[Line, DelayProxy]) -> None:
    choose_patient(olive, "Jones")
    olive.evaluate(WATCH)
    olive.get_by_label("Right sphere").focus()
    for keys in RX_KEYS:
        for key in keys:
            olive.keyboard.press(key)
        olive.keyboard.press("Tab")
    olive.wait_for_timeout(2_000)
    for label, value in RX_SAYS.items():
        expect(olive.get_by_label(label, exact=True)).to_have_value(value)
    assert olive.evaluate("() => window.jumps") == []
    saved(olive)
    olive.reload()
    for label, value in RX_SAYS.items():
        expect(olive.get_by_label(label, exact=True)).to_have_value(value)
    print(f"\n{line[0].carried} pieces carried, {line[0].lost} lost on the way")


def test_a_line_that_is_cut_under_the_hand_loses_no_key(olive: Page, line: tuple[Line, DelayProxy]) -> None:
    note = olive.get_by_label("Note to the lab")
    note.focus()
    olive.keyboard.type(SENTENCE[:20], delay=20)
    line[1].cut()
    olive.keyboard.type(SENTENCE[20:], delay=20)
    expect(note).to_have_value(SENTENCE)
    olive.wait_for_timeout(4_000)
    expect(note).to_have_value(SENTENCE)
    expect(note).to_be_focused()
    saved(olive)
    olive.reload()
    expect(olive.get_by_label("Note to the lab")).to_have_value(SENTENCE)


@pytest.mark.parametrize("fault", ["cut", pytest.param("silent", marks=pytest.mark.soak)])
def test_a_lost_line_is_said_and_what_is_typed_meanwhile_is_kept(
    fault: str, olive: Page, line: tuple[Line, DelayProxy]
) -> None:
    note, lost = olive.get_by_label("Note to the lab"), olive.get_by_text("Not connected since")
    note.focus()
    olive.keyboard.type(SENTENCE[:20], delay=20)
    if fault == "cut":
        line[0].refusing = True
        line[1].cut()
    else:
        line[0].silent = True
    expect(lost).to_be_visible(timeout=60_000)
    olive.keyboard.type(SENTENCE[20:], delay=20)
    line[0].heal()
    expect(lost).to_have_count(0, timeout=60_000)
    expect(note).to_have_value(SENTENCE)
    saved(olive)
    olive.reload()
    expect(olive.get_by_label("Note to the lab")).to_have_value(SENTENCE)


def test_a_line_that_is_cut_right_after_the_click_is_one_order_and_one_job(
    ils: RunningIls, olive: Page, line: tuple[Line, DelayProxy]
) -> None:
    fill_order(olive, reference="cut line")
    saved(olive)
    button = olive.get_by_role("button", name="Send to the lab")
    button.click(no_wait_after=True)
    olive.wait_for_timeout(100)
    line[1].cut()
    olive.wait_for_timeout(3_000)
    if "/orders/new" in olive.url and button.is_enabled():
        button.click()  # as a person would
    number = on_order_page(olive)
    assert [row[0] for row in ils.orders("cut line")] == [number]
    assert [one["jobId"] for one in ils.jobs_of(number)] == [job_of(olive)]
