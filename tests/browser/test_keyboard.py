"""By keyboard alone: an order placed, its keystrokes counted; everything reached; the letters that lead about."""

import re

from playwright.sync_api import Page, expect

from tests.support.browsing import (
    ADA,
    INES,
    OLIVE,
    PRIYA,
    THEO,
    People,
    address,
    go,
    job_of,
    on_order_page,
    place_order,
)


class Hand:
    """Presses keys and counts them; a chord is one."""

    def __init__(self, page: Page) -> None:
        self.page, self.count, self.way = page, 0, []

    def press(self, key: str, times: int = 1) -> None:
        """One key, or the same several times."""
        for _ in range(times):
            self.page.keyboard.press(key)
        self.count += times
        self._note(key if times == 1 else f"{key}×{times}")

    def type(self, text: str) -> None:
        """Letter by letter."""
        self.page.keyboard.type(text, delay=15)
        self.count += len(text)
        self._note(text)

    def _note(self, what: str) -> None:
        self.way.append(what)


def test_the_same_single_vision_order_again_takes_at_most_25_keys_from_the_dashboard(people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    number = place_order(olive)
    go(olive, "/")
    hand = Hand(olive)
    hand.press("/")
    hand.type(number)
    expect(olive.get_by_role("option").filter(has_text=number).first).to_be_visible()
    hand.press("Enter")
    expect(olive.get_by_role("heading", level=1)).to_have_text(number)
    hand.press("d")
    expect(olive.get_by_text(f"copied from {number}")).to_be_visible()
    expect(olive.get_by_text(re.compile("^checked by the lab"))).to_be_visible()
    hand.press("Control+Enter")
    olive.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}"))
    expect(olive.get_by_role("heading", level=1)).not_to_have_text(number)
    job_of(olive)
    print(f"\nthe same again: {hand.count} keys: {' '.join(hand.way)}")
    assert hand.count <= 25


def test_a_new_progressive_takes_at_most_70_keys_from_the_dashboard(people: People) -> None:
    olive = people.at(OLIVE)
    hand = Hand(olive)
    hand.press("n")
    finder = olive.get_by_role("combobox", name="Patient", exact=True)
    expect(finder).to_be_visible()
    expect(finder).to_be_focused()
    hand.type("jon")
    expect(olive.get_by_role("listbox", name="Patient: found").get_by_role("option").first).to_contain_text("Jones")
    hand.press("Enter")
    expect(olive.get_by_role("button", name=re.compile("^change$", re.IGNORECASE))).to_be_visible()
    expect(olive.get_by_label("Right sphere")).to_be_focused()
    for eye in (("-200", "-50", "90", "200"), ("-175", "", "", "200")):
        for figure in eye:
            hand.type(figure)
            hand.press("Tab")
        hand.press("Tab", 2)  # no prism
        hand.type("31")
        hand.press("Tab")
        hand.type("18")
        hand.press("Tab")
    print(f"\nprescription done after {hand.count} keys: {' '.join(hand.way)}")
    kind = olive.get_by_label("Type", exact=True)
    _tab_to(hand, kind)
    hand.type("f")
    hand.press("Tab")
    hand.type("c")
    for figure in ("52", "36", "18", "55"):
        hand.press("Tab")
        hand.type(figure)
    print(f"frame done after {hand.count} keys: {' '.join(hand.way)}")
    family = olive.get_by_role("radio", name=re.compile("^Single vision$"))
    _tab_to(hand, family)
    for _ in range(5):
        if olive.get_by_role("radio", name=re.compile("^Progressive")).first.is_checked():
            break
        hand.press("ArrowRight")
    print(f"lens done after {hand.count} keys: {' '.join(hand.way)}")
    expect(olive.get_by_text(re.compile("^checked by the lab"))).to_be_visible()
    hand.press("Control+Enter")
    on_order_page(olive)
    job_of(olive)
    print(f"a new progressive: {hand.count} keys: {' '.join(hand.way)}")
    assert hand.count <= 70


def test_slash_finds_an_order_by_number_patient_reference_job_or_practice_from_any_page(people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    number = place_order(olive, reference="Zebra-77")
    job, order_page = job_of(olive), address(olive)
    for text, page in ((number, "/"), ("zebra-77", "/patients"), (job, "/engineering/catalog"), ("Jones", "/orders")):
        go(olive, page)
        olive.keyboard.press("/")
        olive.keyboard.type(text, delay=15)
        found = olive.get_by_role("option").filter(has_text=number)
        expect(found).to_be_visible()
    found.click()
    expect(olive.get_by_role("heading", level=1)).to_have_text(number)
    ines = people.at(INES, "/deliveries")
    ines.keyboard.press("/")
    ines.keyboard.type("harbour", delay=15)
    expect(ines.get_by_role("option").filter(has_text="Harbour Eye Care").first).to_be_visible()
    priya = people.at(PRIYA)
    priya.keyboard.press("/")
    priya.keyboard.type(number, delay=15)
    priya.wait_for_timeout(1_000)
    expect(priya.get_by_role("option")).to_have_count(0)
    go(priya, order_page)
    expect(priya.get_by_text("There is no such order", exact=True)).to_be_visible()


def test_n_begins_an_order_and_a_question_mark_lists_the_keys_of_the_page(people: People) -> None:
    for person, page in ((OLIVE, "/orders"), (OLIVE, "/patients"), (THEO, "/orders")):
        shown = people.at(person, page)
        shown.keyboard.press("?")
        keys = shown.get_by_role("dialog")
        for words in ("Find an order, patient or job", "New order", "This list"):
            expect(keys.get_by_text(words)).to_be_visible()
        shown.keyboard.press("Escape")
        expect(keys).to_have_count(0)
        shown.keyboard.press("n")
        shown.wait_for_url("**/orders/new**")
        expect(shown.get_by_role("heading", level=1)).to_have_text("New order")


def test_the_keys_of_a_page_move_its_rows_and_open_them(people: People) -> None:
    olive = people.at(OLIVE, "/orders?view=in_production")
    links = olive.get_by_role("table", name="Orders").get_by_role("link")
    olive.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    olive.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    olive.keyboard.press("k")
    number = links.nth(0).inner_text()
    olive.keyboard.press("Enter")
    expect(olive.get_by_role("heading", level=1)).to_have_text(number)


def test_tab_reaches_everything_on_the_main_pages_and_the_focus_is_always_seen(people: People) -> None:
    pages = ((OLIVE, "/"), (OLIVE, "/orders"), (OLIVE, "/orders/new"), (OLIVE, "/patients"), (THEO, "/lab"),
             (INES, "/engineering/catalog"), (ADA, "/admin/people"))  # fmt: skip
    for person, path in pages:
        page = people.at(person, path)
        reached = page.evaluate(
            """() => {
          const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[inert]');
          const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')];
          const stops = all.filter((one) => seen(one) && !one.disabled && one.tabIndex >= 0 && one.type !== 'hidden');
          const groups = new Set();
          return stops.filter((one) => {
            if (one.type !== 'radio') return true;  // a group of them is one stop
            if (groups.has(one.name)) return false;
            groups.add(one.name);
            return true;
          }).length;
        }"""
        )
        page.evaluate("() => document.activeElement?.blur()")
        unseen, stops = [], set()
        for _ in range(reached + 10):
            page.keyboard.press("Tab")
            told = page.evaluate(LOOK_AT_FOCUS)
            if told is None:  # round by the window itself
                continue
            if told["id"] in stops:
                break
            stops.add(told["id"])
            if not told["seen"]:
                unseen.append(told["what"])
        assert unseen == [], path
        assert len(stops) >= reached, f"{path}: tab reaches {len(stops)} of {reached}"


LOOK_AT_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  window.stops ??= new Map();
  if (!window.stops.has(one)) window.stops.set(one, window.stops.size);
  const marked = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  };
  let around = one, seen = false;
  for (let up = 0; up < 3 && around && !seen; up++, around = around.parentElement) seen = marked(around);
  return { id: window.stops.get(one), seen, what: `${one.tagName} ${one.name || one.textContent.slice(0, 30)}` };
}"""


def _tab_to(hand: Hand, field) -> None:
    """Tab until the field has the focus."""
    for _ in range(60):
        if field.evaluate("(one) => one === document.activeElement"):
            return
        hand.press("Tab")
    raise AssertionError("tab does not reach the field")
