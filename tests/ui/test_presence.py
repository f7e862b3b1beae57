"""A page that is left open hears of changes and grows idle all the same: only what its person does counts."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.auth.http import COOKIE
from ils_app.kernel.actor import Actor, Role
from ils_app.ui.guard import needs
from ils_app.ui.session import SessionState
from tests.support.surfaces import handlers


class Tab:
    """As much of a tab as asks who sits at it."""

    _chosen_role = ""

    def _token(self):
        return "a-tab"

    router = SimpleNamespace(headers=SimpleNamespace(cookie=f"{COOKIE}=a-token"))
    _person, _actor, _must_change_password = (
        SessionState._person, SessionState._actor, SessionState._must_change_password
    )  # fmt: skip

    @needs("board.read", pushed=True)
    async def refresh(self):
        await self._actor()

    @needs("board.read")
    async def click(self):
        await self._actor()


@pytest.fixture
def touched(monkeypatch):
    """Whether each look at the session counted as its person being there."""
    found = []
    actor = Actor(uuid4(), "Theo", Role.LAB, uuid4())
    person = SimpleNamespace(roles=(Role.LAB,), password_temporary=False, actor=lambda role: actor)

    async def person_for(token, *, touch=True):
        found.append(touch)
        return person

    monkeypatch.setattr(auth, "person_for", person_for)
    return found


async def test_a_push_never_counts_as_the_person_being_there_whatever_it_asks(touched):
    await Tab().refresh()
    assert touched
    assert not any(touched)


async def test_a_click_counts_and_so_does_the_next_after_a_push(touched):
    await Tab().refresh()
    touched.clear()
    await Tab().click()
    assert any(touched)


def test_what_runs_when_something_changed_is_marked_as_a_push():
    """By their names: `refresh`, and what was `…_changed`."""
    told = [one for one in handlers() if one.name == "refresh" or one.name.endswith("_changed")]
    assert len(told) > 20
    unmarked = [one.id for one in told if not getattr(one.event.fn, "__pushed__", False)]
    assert unmarked == []
