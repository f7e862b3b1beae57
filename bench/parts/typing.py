"""The order form under the hand: on a line of 80 ms round trip, with a processor four times slower."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from playwright.sync_api import Browser, Page

from bench.browser import chromium, page_of
from bench.goals import Goal
from bench.house import House
from bench.measuring import Sample, in_turns, percentile
from bench.pages import ECP
from bench.results import Result
from tests.support.delay_proxy import Line, delay_proxy
from tests.support.sandbox_process import free_port

ROUND_TRIP_SECONDS, SLOW_ROUND_TRIP_SECONDS, SLOWER = 0.08, 0.15, 4
TRIALS = 12
SENTENCE = "Please match the tint of her last pair!!"
RX_KEYS = ("-225", "-075", "90", "200", "", "", "315", "18", "-175", "-050", "85", "200", "", "", "315", "18")
LEFT = "x"  # a key that turns a figure into something that cannot be read
# From the input event to the first change of the findings, and to the lab's own word, in ms of the page's clock.
CLOCK = """() => {
  window.pressed = 0; window.local = 0; window.lab = 0; window.asked = false;
  document.addEventListener("input", () => {
    Object.assign(window, { pressed: performance.now(), local: 0, lab: 0, asked: false });
  }, true);
  const words = () => document.querySelector(".ils-findings")?.innerText ?? "";
  let before = words();
  new MutationObserver(() => {
    const now = performance.now(), said = words(), foot = document.querySelector(".ils-submit-foot")?.innerText ?? "";
    if (said !== before) { before = said; if (!window.local) window.local = now; }
    if (foot.includes("asking the lab")) window.asked = true;
    else if (window.asked && foot.includes("checked by the lab") && !window.lab) window.lab = now;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
INTERACTIONS = """() => {
  window.interactions = new Map();
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.interactionId)
      window.interactions.set(
        one.interactionId, Math.max(one.duration, window.interactions.get(one.interactionId) ?? 0));
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
}"""


def measure(house: House) -> Iterable[Result]:
    """Findings, interactions and lost characters, beside an input of a bare Reflex page on the same line."""
    line = Line()
    with _on_a_line(house, line) as bare_url, chromium() as browser:
        token = house.token(ECP)

        visits: list[Sample] = []
        bare_visits: list[Sample] = []
        found = in_turns(
            house.rounds,
            ours=lambda: _kept(visits, _round(browser, house.ils.url, token, line)),
            twin=lambda: _kept(bare_visits, _bare_round(browser, bare_url, line)),
        )
        for name, kept in (("ours", visits), ("twin", bare_visits)):
            found[name]["inp"] = percentile([visit["inp"] for visit in kept], 0.75)
        yield from house.results(
            "typing:",
            found,
            [
                ("local", "keystroke to local finding, p95", "ms", Goal("< 100 ms", below=100)),
                ("lab", "keystroke to the lab's finding, p95", "ms", Goal("< 700 ms", below=700)),
                ("inp", "INP, p75 of the visits", "ms", Goal("< 200 ms", below=200)),
            ],
        )
        lost = sum(_lost(browser, house.ils.url, token, line) for _ in range(house.rounds))
        yield house.result("typing: characters lost at 150 ms", lost, "", goal=Goal("none", below=1))


def _kept(visits: list[Sample], visit: Sample) -> Sample:
    visits.append(visit)
    return visit


def _round(browser: Browser, url: str, token: str, line: Line) -> Sample:
    """One visit to the form."""
    with _visit(browser, url, token, line, ROUND_TRIP_SECONDS) as page:
        page.evaluate(CLOCK)
        page.evaluate(INTERACTIONS)
        field = page.get_by_label("Right sphere", exact=True)
        field.focus()
        page.keyboard.type("-2")
        page.wait_for_function("() => window.lab > 0")
        waits = [_press(page, key) for _ in range(TRIALS // 2) for key in (LEFT, "Backspace")]
        _type_prescription(page)
        return {
            "local": percentile([one[0] for one in waits], 0.95),
            "lab": percentile([one[1] for one in waits], 0.95),
            "inp": _inp(page),
        }


def _bare_round(browser: Browser, url: str, line: Line) -> Sample:
    """One visit to the bare page: the same line, one input, the var it sets."""
    with _visit(browser, url, "", line, ROUND_TRIP_SECONDS) as page:
        page.evaluate(CLOCK)
        page.evaluate(INTERACTIONS)
        page.get_by_label("Words").focus()
        waits = []
        for _ in range(TRIALS):
            page.keyboard.press(LEFT)
            page.wait_for_function("() => window.local > 0")
            waits.append(page.evaluate("() => window.local - window.pressed"))
        page.keyboard.type("".join(RX_KEYS))
        page.wait_for_timeout(500)
        return {"local": percentile(waits, 0.95), "inp": _inp(page)}


def _press(page: Page, key: str) -> tuple[float, float]:
    """Milliseconds from a key to the local finding and to the lab's."""
    page.keyboard.press(key)
    page.wait_for_function("() => window.local > 0 && window.lab > 0")
    local, lab = page.evaluate("() => [window.local - window.pressed, window.lab - window.pressed]")
    return local, lab


def _type_prescription(page: Page) -> None:
    page.get_by_label("Right sphere", exact=True).fill("")
    for keys in RX_KEYS:
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Tab")
    page.wait_for_timeout(1_500)


def _inp(page: Page) -> float:
    """The page's interaction to next paint in ms: the worst interaction, one left out for every fifty.

    Those under 16 ms are not reported by the browser and count as that.
    """
    slow = sorted(page.evaluate("() => [...window.interactions.values()]"), reverse=True)
    return float(slow[len(slow) // 50]) if slow else 16.0


def _lost(browser: Browser, url: str, token: str, line: Line) -> int:
    """How many of forty fast characters are missing or in the wrong place, in the field and after a reload."""
    with _visit(browser, url, token, line, SLOW_ROUND_TRIP_SECONDS) as page:
        note = page.get_by_label("Note to the lab")
        note.focus()
        for key in SENTENCE:
            page.keyboard.type(key)
        page.wait_for_timeout(4_000)  # the pause, the save, and whatever the server may want to write
        seen = [note.input_value()]
        page.reload()
        page.wait_for_timeout(3_000)
        seen.append(page.get_by_label("Note to the lab").input_value())
        return max(_differing(SENTENCE, one) for one in seen)


def _differing(wanted: str, found: str) -> int:
    """How many characters differ, place by place.

    >>> _differing("abc", "abc"), _differing("abc", "acb"), _differing("abc", "ab")
    (0, 2, 1)
    """
    return sum(a != b for a, b in zip(wanted, found, strict=False)) + abs(len(wanted) - len(found))


@contextlib.contextmanager
def _visit(browser: Browser, url: str, token: str, line: Line, round_trip_seconds: float) -> Iterator[Page]:
    """The form, or the bare page, loaded while the line was quick; then the line and the processor are slow."""
    line.round_trip_seconds = 0
    page = page_of(browser, url, token or "nobody")
    page.goto("/orders/new" if token else "/")
    (page.get_by_label("Right sphere", exact=True) if token else page.get_by_label("Words")).wait_for()
    page.wait_for_timeout(1_000)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    line.round_trip_seconds = round_trip_seconds
    try:
        yield page
    finally:
        line.round_trip_seconds = 0
        page.context.close()


@contextlib.contextmanager
def _on_a_line(house: House, line: Line) -> Iterator[str]:
    """ILS and the bare app, both reached over the line; the address of the bare app."""
    ils, behind, bare_public = house.ils, free_port(), free_port()
    ils.app.stop()
    ils.start_app(port=behind)
    bare = house.bare_reflex(built=True, public_port=bare_public)
    bare.start()
    with (
        delay_proxy(line, port=ils.port, to_port=behind),
        delay_proxy(line, port=bare_public, to_port=bare.port),
    ):
        yield bare.url
    bare.program.stop()
    ils.app.stop()
    ils.start_app()
