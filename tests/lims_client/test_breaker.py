"""The breaker against a model that is too simple to be wrong."""

import asyncio
from contextlib import ExitStack

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from lims_client.breaker import Breaker, Refused
from lims_client.errors import LimsProtocolError, LimsUnavailable


class Attempt:
    """An attempt held open, so that many can be under way at once."""

    def __init__(self, breaker: Breaker) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(breaker.attempt())

    def end(self, error: BaseException | None) -> None:
        kind = type(error) if error else None
        self._stack.__exit__(kind, error, None)


class BreakerAgainstModel(RuleBasedStateMachine):
    """The model: a list of outcomes since the last change of state, the time it opened, and who is probing."""

    under_way = Bundle("under_way")

    def __init__(self) -> None:
        super().__init__()
        self.now = 50.0
        self.state = "closed"
        self.outcomes: list[bool] = []
        self.opened_at = 0.0
        self.probe: int | None = None
        self.period = 0
        self.names = 0

    @initialize(failures=st.integers(1, 5), successes=st.integers(1, 3))
    def build(self, failures: int, successes: int) -> None:
        self.failures, self.successes = failures, successes
        self.breaker = Breaker(failures=failures, open_seconds=60, successes=successes, clock=lambda: self.now)

    def become(self, state: str) -> None:
        self.state, self.outcomes, self.probe = state, [], None
        self.period += 1
        if state == "open":
            self.opened_at = self.now

    @rule(seconds=st.sampled_from([0.0, 0.5, 29.0, 59.875, 60.0, 61.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=under_way)
    def begin(self) -> tuple[Attempt, int, int] | None:
        if self.state == "open" and self.now - self.opened_at >= 60:
            self.become("half_open")
        allowed = self.state == "closed" or (self.state == "half_open" and self.probe is None)
        if not allowed:
            with pytest.raises(Refused) as caught:
                Attempt(self.breaker)
            assert 0 < caught.value.seconds <= 60
            return None
        self.names += 1
        if self.state == "half_open":
            self.probe = self.names
        return Attempt(self.breaker), self.period, self.names

    @rule(
        entry=consumes(under_way),
        outcome=st.sampled_from(["failure", "failure", "answer", "failure", "strange", "cancelled"]),
    )
    def end(self, entry: tuple[Attempt, int, int] | None, outcome: str) -> None:
        if entry is None:
            return
        attempt, period, name = entry
        errors = {
            "failure": LimsUnavailable("x"),
            "strange": LimsProtocolError("x"),
            "cancelled": asyncio.CancelledError(),
        }
        attempt.end(errors.get(outcome))
        if self.probe == name:
            self.probe = None
        if period != self.period or outcome == "cancelled":
            return
        self.outcomes.append(outcome != "failure")
        if self.state == "half_open":
            if not self.outcomes[-1]:
                self.become("open")
            elif self.outcomes == [True] * self.successes:
                self.become("closed")
        elif self.outcomes[-self.failures :] == [False] * self.failures:
            self.become("open")

    @invariant()
    def they_agree(self) -> None:
        if self.state == "open" and self.now - self.opened_at >= 60:
            self.become("half_open")
        assert self.breaker.state == self.state
        free = self.state == "closed" or (self.state == "half_open" and self.probe is None)
        assert (self.breaker.seconds_to_next_try() == 0) is free


BreakerAgainstModel.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestBreakerAgainstModel = BreakerAgainstModel.TestCase


def test_a_cancelled_probe_frees_its_place():
    now = 0.0
    breaker = Breaker(failures=1, open_seconds=60, clock=lambda: now)
    with pytest.raises(LimsUnavailable), breaker.attempt():
        raise LimsUnavailable("x")
    now = 60.0
    with pytest.raises(asyncio.CancelledError), breaker.attempt():
        with pytest.raises(Refused):
            breaker.check()
        raise asyncio.CancelledError
    breaker.check()


def test_by_default_five_failures_open_it_for_a_minute_and_three_probes_close_it():
    now = 0.0
    breaker = Breaker(clock=lambda: now)

    def fail() -> None:
        with pytest.raises(LimsUnavailable), breaker.attempt():
            raise LimsUnavailable("x")

    for _ in range(4):
        fail()
    with breaker.attempt():
        pass
    for _ in range(5):
        assert breaker.state == "closed"
        fail()
    assert (breaker.state, breaker.seconds_to_next_try()) == ("open", 60)
    now = 60.0
    fail()
    assert breaker.seconds_to_next_try() == 60
    now = 120.0
    for _ in range(3):
        assert breaker.state == "half_open"
        with breaker.attempt():
            pass
    assert breaker.state == "closed"
