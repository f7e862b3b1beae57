"""What a person likes: their theme and what they are told, each switch by itself."""

import asyncio
from uuid import uuid4

import pytest

from ils_app.kernel import live
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Invalid
from ils_app.settings import service as settings
from ils_app.settings import telling
from ils_app.settings.service import NotificationKind, Theme

KINDS = frozenset(NotificationKind)


def somebody(role: Role = Role.ECP) -> Actor:
    return Actor(uuid4(), "Somebody", role, uuid4())


@pytest.mark.parametrize("role", list(Role))
async def test_a_theme_is_the_person_s_own_wherever_they_sign_in(database, facts, role):
    me, other = somebody(role), somebody(role)
    saved = await settings.change_preferences(me, theme=Theme.DARK)
    assert saved.theme is Theme.DARK
    assert (await settings.preferences(me.user_id)).theme is Theme.DARK
    assert await settings.own_preferences(other) == await settings.preferences(other.user_id)
    assert (await settings.own_preferences(other)).theme is Theme.SYSTEM
    assert await facts() == [("PreferencesChanged", {"user_id": str(me.user_id), "changed": ["theme"]})]


async def test_what_is_switched_off_is_off_in_that_way_only(database):
    me = somebody()
    await settings.change_preferences(me, by_mail={NotificationKind.ORDER_RECEIVED: False})
    likes = await settings.preferences(me.user_id)
    assert likes.in_app == KINDS
    assert likes.by_mail == KINDS - {NotificationKind.ORDER_RECEIVED}
    await settings.change_preferences(
        me, in_app={NotificationKind.INVOICE: False}, by_mail={NotificationKind.ORDER_RECEIVED: True}
    )
    likes = await settings.preferences(me.user_id)
    assert (likes.in_app, likes.by_mail) == (KINDS - {NotificationKind.INVOICE}, KINDS)


async def test_what_concerns_one_s_own_access_cannot_be_switched_off_and_nothing_else_of_the_wish_is_done(database):
    me = somebody()
    for ways in ({"in_app": {NotificationKind.ACCOUNT: False}}, {"by_mail": {NotificationKind.ACCOUNT: False}}):
        with pytest.raises(Invalid, match="always told"):
            await settings.change_preferences(me, theme=Theme.DARK, **ways)
    assert (await settings.preferences(me.user_id)).theme is Theme.SYSTEM
    kept = await settings.change_preferences(me, in_app={NotificationKind.ACCOUNT: True})
    assert kept.in_app == KINDS


async def test_the_same_switch_thrown_twice_is_one_change(database, facts):
    me = somebody()
    for _ in range(2):
        await settings.change_preferences(me, theme=Theme.LIGHT, in_app={NotificationKind.PAYMENT: False})
    assert len(await facts()) == 1


async def test_switches_thrown_at_once_are_all_thrown(database):
    me = somebody()
    kinds = [kind for kind in NotificationKind if kind is not NotificationKind.ACCOUNT]
    await asyncio.gather(
        *(settings.change_preferences(me, by_mail={kind: False}) for kind in kinds),
        *(settings.change_preferences(me, in_app={kind: False}) for kind in kinds),
        settings.change_preferences(me, theme=Theme.DARK),
    )
    likes = await settings.preferences(me.user_id)
    assert likes.in_app == likes.by_mail == {NotificationKind.ACCOUNT}
    assert likes.theme is Theme.DARK


async def test_a_person_s_open_pages_hear_of_their_own_change_and_of_no_other_s(database):
    me, heard = somebody(), []

    async def ear(topics):
        heard.extend(topics)

    stop = live.subscribe(ear)
    try:
        await settings.change_preferences(me, theme=Theme.DARK)
    finally:
        stop()
    assert heard == [settings.person_topic(me.user_id)]


def test_every_kind_reaches_somebody_and_account_everybody():
    assert set(settings.REACHES) == set(NotificationKind)
    assert all(settings.REACHES.values())
    assert settings.REACHES[NotificationKind.ACCOUNT] == set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_offered_exactly_what_can_reach_it_each_in_words_of_its_own(role):
    words = telling.words_for(role)
    assert set(words) == {kind for kind, roles in settings.REACHES.items() if role in roles}
    assert all(words.values())
    assert all(telling.is_fixed(kind) is (kind in settings.ALWAYS) for kind in words)
    assert set(telling.GROUPS) == KINDS
