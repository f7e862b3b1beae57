"""The figures of the last minutes: growth, gauges and quantiles as Prometheus would reckon them."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ils_app.kernel import live, metrics, trend
from ils_app.kernel.trend import Trend

BUCKETS = (0.1, 0.5, 1.0, 5.0)


def key(**labels):
    return frozenset(labels.items())


def seen(values):
    """A histogram that saw these, as it is read back."""
    registry = CollectorRegistry()
    histogram = Histogram("took_seconds", "", buckets=BUCKETS, registry=registry)
    for one in values:
        histogram.observe(one)
    read = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            read.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return read


def test_a_counter_grows_by_what_was_added_and_one_that_began_anew_counts_from_nought():
    then = {"placed": {key(outcome="sent"): 5.0, key(outcome="waiting"): 4.0}}
    now = {"placed": {key(outcome="sent"): 7.0, key(outcome="waiting"): 1.0, key(outcome="refused"): 3.0}}
    lately = Trend(60, then, now)
    assert lately.more("placed") == 2 + 1 + 3
    assert lately.more("placed", outcome="sent") == 2
    assert lately.more("nothing") == 0
    assert lately.value("placed", outcome="waiting") == 1


@given(st.lists(st.floats(0.001, 4.9), min_size=1, max_size=40), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(values, share):
    found = Trend(60, {}, seen(values)).quantile(share, "took_seconds")
    true = sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]
    lower = max((bound for bound in (0, *BUCKETS) if bound < true), default=0)
    upper = min(bound for bound in BUCKETS if bound >= true)
    assert lower <= found <= upper


def test_what_was_seen_before_does_not_count_and_nothing_seen_has_no_quantile():
    slow, then_fast = seen([4.0] * 50), seen([4.0] * 50 + [0.05] * 50)
    assert Trend(60, slow, then_fast).quantile(0.99, "took_seconds") <= 0.1
    assert Trend(60, slow, slow).quantile(0.99, "took_seconds") is None
    assert Trend(60, {}, {}).quantile(0.99, "took_seconds") is None


def test_past_the_last_bound_it_says_that_bound():
    assert Trend(60, {}, seen([99.0])).quantile(0.99, "took_seconds") == 5.0


async def test_what_is_counted_while_figures_are_kept_is_in_the_trend_and_pages_are_told(database):
    told = asyncio.Event()

    async def hear(topics):
        if trend.TOPIC in topics:
            told.set()

    stop = live.subscribe(hear)
    trend._kept.clear()
    async with trend.kept():
        await asyncio.wait_for(told.wait(), 10)
        with metrics.submission() as one:
            one.outcome = "sent"
        lately = await trend.trend()
    stop()
    assert lately.more("order_submissions_total", outcome="sent") == 1
    assert lately.quantile(0.5, "order_submission_duration_seconds", outcome="sent") <= 0.05
    assert lately.seconds > 0
    trend._kept.clear()
    assert (await trend.trend()).more("order_submissions_total") == 0


@pytest.mark.parametrize("bound", [*metrics.CLICK_BUCKETS, *metrics.PUSH_BUCKETS, math.inf])
def test_bounds_are_named_as_they_are_written(bound):
    assert float(trend._written(bound).replace("+Inf", "inf")) == bound
