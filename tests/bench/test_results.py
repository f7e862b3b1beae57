"""Figures become results, results a file and a table, and goals are judged as they are written."""

from dataclasses import replace

from bench.goals import REPORTED, Goal
from bench.measuring import in_turns, percentile
from bench.results import BEGIN, END, Result, keep, kept, table, write_page

ONE = Result("submit: over HTTP, p50", 12.0, "ms", 10.0, 1.2, "≤ 1.5 × the twin", True, 3, "a machine", "2026-01-02")


def test_a_goal_is_met_only_when_every_limit_of_it_holds():
    goal = Goal("< 500 ms, ≤ 1.5 ×", below=500, ratio_at_most=1.5)
    assert [goal.met(400, 1.4), goal.met(500, 1.4), goal.met(400, 1.6)] == [True, False, False]
    assert Goal(at_least=100, ratio_at_least=0.8).met(100, 0.79) is False
    assert REPORTED.met(1, 1) is None


def test_the_twin_is_measured_in_every_round_and_the_turns_change():
    order = []
    found = in_turns(
        3, ours=lambda: order.append("ours") or {"p50": len(order)}, twin=lambda: order.append("twin") or {"p50": 0}
    )
    assert order == ["ours", "twin", "twin", "ours", "ours", "twin"]
    assert found["ours"] == {"p50": 4}


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([3.0], 0.99) == 3.0


def test_fresh_results_take_the_place_of_the_same_part_and_leave_the_others(tmp_path):
    path = tmp_path / "results.json"
    keep([ONE, replace(ONE, figure="submit: gone")], drop="submit:", order=["client", "submit"], path=path)
    keep([replace(ONE, figure="client: call")], drop="client:", order=["client", "submit"], path=path)
    keep([replace(ONE, value=11.0)], drop="submit:", order=["client", "submit"], path=path)
    assert [(one.figure, one.value) for one in kept(path)] == [("client: call", 12.0), (ONE.figure, 11.0)]


def test_the_page_keeps_what_is_written_by_hand_around_the_table(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    write_page([ONE, replace(ONE, twin=None, ratio=None, met=False)], page)
    said = page.read_text()
    assert said.startswith("above\n")
    assert said.endswith("below\n")
    assert "old" not in said
    assert table([ONE]).splitlines()[2] == "| submit: over HTTP, p50 | 12 ms | 10 ms | 1.20 | ≤ 1.5 × the twin | yes |"
    assert "**no**" in said
