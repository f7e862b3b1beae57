"""A raw socket client tries every event of every state, as nobody and as every role, against the running app."""

import asyncio
from typing import Any

import httpx
import pytest
import socketio

from ils_app.auth import service as auth
from ils_app.kernel import live as kernel_live
from ils_app.kernel.actor import Actor
from ils_app.kernel.permissions import PUBLIC
from ils_app.kernel.roles import TABLE, Role
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from ils_app.ui import routes
from tests.support.sockets import Said, Tab
from tests.support.surfaces import Handler, handlers
from tests.support.world import World, person

HANDLERS = handlers()
GUARDED = [one for one in HANDLERS if one.row != PUBLIC]
BY_ID = {one.id: one for one in HANDLERS}
FORBIDDEN = Said("refused", "forbidden", "Your role does not allow this.")
REFLEX = "reflex___state____state.reflex___state____"  # its own states
HYDRATE_AND_LOAD = "reflex___state____state.hydrate_and_load"
LONG = "x" * 900_000
WRONG: tuple[Any, ...] = (None, 7, ["x"], {"a": {"b": 1}}, "\x00", True)


def plausible(handler: Handler, world: World) -> dict[str, Any]:
    """What a page would send, aimed at another practice's rows."""
    harbour = world.harbour
    ids = {
        "order_id": harbour.order_id, "patient_id": harbour.patient_id, "organisation_id": world.lumen,
        "session_id": world.session_of[Role.ADMIN], "job_id": world.failed_job, "practice": harbour.id,
        "document_id": world.supply.document_id,
        "version": world.rules_draft, "role": "admin", "to": "in_production", "what": "hold", "checked": True,
        "chosen": True, "files": [], "text": "zyzzyva", "value": str(harbour.id), "code": harbour.number,
        "form": {
            "name": "X", "email": "x@y.test", "reason": "None", "organisation_id": str(world.lumen), "role": "admin",
            "job": str(harbour.order_id), "to": "in_production", "scan": harbour.number, "carrier": "Post",
            "tracking_number": "1Z", "od_sphere": "-1.00", "given_name": "Zyzzyva", "family_name": "Nobody",
        },
    }  # fmt: skip
    said = {name: ids.get(name, "x") for name in handler.parameters}
    return {name: value if isinstance(value, bool | dict | list) else str(value) for name, value in said.items()}


def payloads(handler: Handler, world: World) -> list[Any]:
    """Plausible, without anything, and of every wrong kind."""
    wrong = [dict.fromkeys(handler.parameters, value) for value in WRONG] if handler.parameters else []
    return [plausible(handler, world), {}, {"surprise": "x"}, *wrong]


@pytest.fixture
def unchanged(world: World):
    """Fails a test after which any row of any table is another than before."""
    before = world.written()
    yield
    assert world.written() == before


@pytest.mark.parametrize("role", list(Role))
async def test_an_event_without_its_row_is_forbidden_whatever_is_sent(world, live, tab_of, unchanged, role):
    refused = [one for one in GUARDED if role not in TABLE[str(one.row)]]
    assert len(refused) > 10
    async with tab_of(role) as tab:
        for handler in refused:
            for payload in payloads(handler, world):
                said = await tab.ask(handler.full_name, payload)
                assert said in (FORBIDDEN, Said(redirect=routes.NOT_ALLOWED)), (handler.id, payload, said)
        await nothing_leaked(tab, world)


async def test_nobody_is_led_to_the_sign_in_page_whatever_is_sent(world, live, tab_of, unchanged):
    async with tab_of(None) as tab:
        for handler in GUARDED:
            for payload in payloads(handler, world):
                said = await tab.ask(handler.full_name, payload)
                assert said.redirect.startswith(routes.SIGN_IN), (handler.id, payload, said)
        await nothing_leaked(tab, world)


@pytest.mark.parametrize("role", list(Role))
async def test_nobody_becomes_what_they_are_not(world, live, tab_of, unchanged, role):
    async with tab_of(role) as tab:
        for other in Role:
            if other is not role:
                assert await tab.ask(BY_ID["SessionState.switch_role"].full_name, {"role": other.value}) == FORBIDDEN
        refused = next(one for one in GUARDED if role not in TABLE[str(one.row)])
        said = await tab.ask(refused.full_name, plausible(refused, world))
        assert said in (FORBIDDEN, Said(redirect=routes.NOT_ALLOWED))


async def nothing_leaked(tab: Tab, world: World) -> None:
    await tab.settle()
    for clinic in (world.harbour, world.mill):
        assert not [word for word in clinic.words if word in tab.transcript]


async def test_a_practice_reaches_nothing_of_another_s_through_any_event_it_may_send(world, live, tab_of):
    """The pages' own addresses lead to the other's rows first; then every event is tried on them."""
    before, harbour = rows_of(world), world.harbour
    addresses = {
        "OrderState": routes.order(harbour.order_id), "NewOrderState": routes.draft(harbour.draft_id),
        "PatientState": routes.patient(harbour.patient_id), "OrdersState": routes.orders_of(harbour.patient_id),
    }  # fmt: skip
    mine = [one for one in HANDLERS if Role.ECP in TABLE.get(str(one.row), {}) or one.row == PUBLIC]
    async with tab_of(Role.ECP) as tab:
        for handler in mine:
            at = addresses.get(handler.state.__name__, routes.order_for(harbour.patient_id))
            load = BY_ID.get(f"{handler.state.__name__}.load")
            if load:
                await tab.send(load.full_name, at=at)
            for payload in payloads(handler, world):
                await tab.send(handler.full_name, payload, at=at)
        await tab.settle()
        await quiet(world)
        await tab.settle()
        assert not [word for word in harbour.words if word in words_of_its_own(tab.transcript, harbour)]
    assert rows_of(world) == before
    await still_there(live, tab_of)


async def test_a_supplier_reaches_nothing_of_another_s_through_any_event_it_may_send(world, live, tab_of):
    before = world.sql("SELECT to_jsonb(o)::text FROM suppliers.purchase_order o ORDER BY 1")
    order = routes.purchase_order(world.supply.order_id)
    at = {"PurchaseOrderState": order, "PurchaseOrdersState": routes.purchase_orders_of(world.supply.id)}
    mine = [one for one in HANDLERS if Role.SUPPLIER in TABLE.get(str(one.row), {}) and one.row != "account.own"]
    assert {"PurchaseOrderState.acknowledge", "DocumentsState.add"} <= {one.id for one in mine}
    async with tab_of(Role.SUPPLIER) as tab:
        for handler in mine:
            place = at.get(handler.state.__name__, order)
            if load := BY_ID.get(f"{handler.state.__name__}.load"):
                await tab.send(load.full_name, at=place)
            for payload in payloads(handler, world):
                await tab.send(handler.full_name, payload, at=place)
        await tab.settle()
        await quiet(world)
        await tab.settle()
        heard = tab.transcript.replace(str(world.supply.order_id), "").replace(str(world.supply.id), "")
        assert not [word for word in world.supply.words if word in heard]
        assert world.own_supply.number in heard
    assert world.sql("SELECT to_jsonb(o)::text FROM suppliers.purchase_order o ORDER BY 1") == before
    await still_there(live, tab_of)


def words_of_its_own(transcript: str, harbour: Any) -> str:
    """What was heard, without the ids that the tab itself sent and was shown back."""
    for sent in (harbour.order_id, harbour.draft_id, harbour.patient_id, harbour.number):
        transcript = transcript.replace(str(sent), "")
    return transcript


def rows_of(world: World) -> list[tuple[Any, ...]]:
    """Every row of Harbour's, and everybody's accounts but one's own."""
    practice = world.harbour.id
    return [
        *world.sql('SELECT to_jsonb(o)::text FROM orders."order" o WHERE practice_id = %s ORDER BY 1', practice),
        *world.sql("SELECT to_jsonb(p)::text FROM patients.patient p WHERE practice_id = %s ORDER BY 1", practice),
        *world.sql("SELECT to_jsonb(p)::text FROM practices.practice p ORDER BY 1"),
        *world.sql("SELECT count(*) FROM auth.role_grant"),
        *world.sql("SELECT count(*) FROM auth.organisation"),
    ]


async def quiet(world: World) -> None:
    """Wait until what runs in the background has written its last."""
    before = None
    async with asyncio.timeout(30):
        while (now := await asyncio.to_thread(world.written)) != before:
            before = now
            await asyncio.sleep(0.8)  # longer than any pause the pages make before they save


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER, Role.ADMIN, Role.SUPPLIER])
async def test_nonsense_from_who_may_changes_nothing(world, live, tab_of, role):
    before = world.written()
    mine = [one for one in HANDLERS if role in TABLE.get(str(one.row), {}) or one.row == PUBLIC]
    async with tab_of(role) as tab:
        for handler in mine:
            if handler.parameters:
                for payload in payloads(handler, world)[1:]:
                    await tab.send(handler.full_name, payload)
        await tab.settle()
        await quiet(world)
    before.pop("auth.attempt")  # a wrong password is counted
    assert {name: found for name, found in world.written().items() if name in before} == before
    await still_there(live, tab_of)


async def still_there(live: Any, tab_of: Any) -> None:
    """The same process answers, and its log holds no frame and no value of one."""
    assert live.programs.app.process.poll() is None
    async with tab_of(Role.ENGINEER) as tab:
        await tab.settle()
    assert "Traceback" not in live.log
    assert "locals" not in live.log
    assert "Zyzzyva" not in live.log


async def test_a_megabyte_is_refused_like_a_letter_and_more_loses_only_its_own_line(world, live, tab_of, unchanged):
    long = [one for one in GUARDED if one.parameters and Role.SUPPLIER not in TABLE[str(one.row)]]
    async with tab_of(Role.SUPPLIER) as tab:
        for handler in long:
            assert await tab.ask(handler.full_name, {next(iter(handler.parameters)): LONG}) == FORBIDDEN
        await tab.send(long[0].full_name, {"text": LONG * 3})
        await asyncio.wait_for(tab.lost.wait(), 10)
    await still_there(live, tab_of)


async def test_what_is_no_event_of_ours_does_nothing(world, live, tab_of, unchanged):
    """Private helpers, Reflex's own ways into a state, and frames that are no events at all."""
    session, form, people = (
        BY_ID[name].state.get_full_name() for name in ("SessionState.search", "NewOrderState.edit", "PeopleState.ask")
    )
    attempts: list[tuple[str, Any]] = [
        (f"{session}._actor", {}), (f"{form}._take", {"view": None}), (f"{people}._show", {}),
        (f"{session}.reset", {}), (f"{session}.__init__", {}), (f"{session}.get_state", {"state_cls": "x"}),
        (f"{session}.setvar", {"var_name": "role", "value": "admin"}),
        (f"{session}.setvar", {"var_name": "_chosen_role", "value": "admin"}),
        (f"{session}.set_role", {"value": "admin"}),
        (f"{REFLEX}update_vars_internal_state.update_vars_internal",
         {"vars": {f"{session}.role": "admin", f"{session}._chosen_role": "admin", f"{people}.opened": True}}),
        ("reflex___state____state.hydrate_and_load", {"vars": {f"{session}.role": "admin"}}),
        ("ils_app.auth.service.create_user", {}), ("", {}), ("x" * 5000, {}),
    ]  # fmt: skip
    async with tab_of(Role.SUPPLIER) as tab:
        for name, payload in attempts:
            await tab.send(name, payload)
        search = {"name": f"{session}.search", "payload": {"text": "ab"}}
        for frame in ("Zyzzyva-Frame", '{"name": "Zyzzyva-Frame"', ["Zyzzyva-Frame"], 7, None, {"Zyzzyva": 1},
                      {"name": ["Zyzzyva-Frame"]}, search | {"payload": "Zyzzyva-Frame"},
                      search | {"router_data": "Zyzzyva-Frame"}, search | {"router_data": {"pathname": ["Zyzzyva"]}},
                      search | {"payload": {"Zyzzyva": "Zyzzyva-Frame"}}):  # fmt: skip
            await tab.client.emit("event", frame, namespace="/_event")
        report = {"error_type": "Zyzzyva", "message": "Zyzzyva-Frame"}
        await tab.client.emit("client_error", report, namespace="/_event")
        await tab.client.emit("Zyzzyva-Frame", "Zyzzyva-Frame", namespace="/_event")
        exceptions = f"{REFLEX}frontend_event_exception_state.handle_frontend_exception"
        await tab.send(exceptions, {"info": "Zyzzyva-Frame is no function", "component_stack": "Zyzzyva-Frame"})
        await tab.send(exceptions, {"info": "Zyzzyva", "component_stack": 7})
        said = await tab.ask(BY_ID["PeopleState.approve"].full_name)
        while said.code == "broken":
            said = await tab.ask(BY_ID["PeopleState.approve"].full_name)
        assert said == FORBIDDEN
        assert '"role_rx_state_": "admin"' not in tab.transcript
    await still_there(live, tab_of)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1.evil.example"]
)
async def test_a_page_of_another_site_opens_no_socket(world, live, tab_of, origin):
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with tab_of(Role.ECP, origin=origin):
            pass


async def test_an_open_socket_can_do_nothing_more_once_its_session_is_ended(world, live, tab_of):
    actor, token = await person(Role.ECP, world.mill.id)
    async with tab_of(None, cookie=token) as tab:
        await tab.send(BY_ID["PatientsState.load"].full_name, at=routes.PATIENTS)
        await tab.settle()
        assert world.mill.family_name in tab.transcript
        await auth.sign_out(token)
        pushed = await asyncio.wait_for(tab.said.get(), 10)
        assert pushed.redirect.startswith(routes.SIGN_IN)
        tab.heard.clear()
        before = world.written()
        for handler in GUARDED:
            said = await tab.ask(handler.full_name, plausible(handler, world))
            assert said.redirect.startswith(routes.SIGN_IN), (handler.id, said)
        await nothing_leaked(tab, world)
    assert world.written() == before
    assert actor.practice_id == world.mill.id


async def test_whoever_signs_in_at_a_tab_is_shown_nothing_of_who_sat_there_before(world, live, tab_of):
    """The tab keeps its name; the state behind it belongs to the session that filled it."""
    async with tab_of(Role.ECP) as first:
        for name, at in (("PatientsState.load", routes.PATIENTS), ("OrdersState.load", routes.ORDERS),
                         ("PatientState.load", routes.patient(world.mill.patient_id)),
                         ("OrderState.load", routes.order(world.mill.order_id)),
                         ("NewOrderState.load", routes.draft(world.mill.draft_id))):  # fmt: skip
            await first.send(BY_ID[name].full_name, at=at)
        await first.settle()
        assert world.mill.family_name in first.transcript
        token = first.token
    for role in (None, Role.SUPPLIER):
        async with tab_of(role, token=token) as second:
            assert second.token == token
            await second.send(HYDRATE_AND_LOAD, at=routes.PATIENTS)
            await second.settle()
            assert not [word for word in world.mill.words if word in second.transcript]


async def test_two_tabs_hear_only_what_is_theirs(world, live, tab_of):
    """A push tells a tab that something changed; each reads again what its own person may see."""
    async with tab_of(Role.SUPPLIER) as stranger, tab_of(Role.ECP) as mine, tab_of(None) as nobody:
        for tab in (stranger, mine, nobody):
            await tab.send(BY_ID["PatientsState.load"].full_name, at=routes.PATIENTS)
            await tab.settle()
        draft = PatientDraft.read({"given_name": "Zyzzyva", "family_name": "Newcomer"})
        await patients.add(world.mill.actor, draft)
        async with asyncio.timeout(10):
            while "Newcomer" not in mine.transcript and '"newer_rx_state_": 1' not in mine.transcript:
                await mine.settle()
        for tab in (stranger, nobody):
            await tab.settle()
            assert "Newcomer" not in tab.transcript
            assert world.mill.family_name not in tab.transcript


async def test_a_temporary_password_opens_nothing_but_one_s_own_account(world, live, tab_of, unchanged):
    """Not the search in the bar, not the first page's figures, and no door by any other way."""
    for role in (Role.ECP, Role.ADMIN):
        actor = world.actors[role]
        temporary = "UPDATE auth.person SET temporary_until = now() + %s::interval WHERE id = %s"
        world.sql(temporary, "1 hour", actor.user_id)
        await tell(actor)
        try:
            async with tab_of(role) as tab:
                for handler in GUARDED:
                    if handler.row != "account.own":
                        said = await tab.ask(handler.full_name, plausible(handler, world))
                        assert said in (FORBIDDEN, Said(redirect=routes.ACCOUNT)), (handler.id, said)
                home = await tab.ask(BY_ID["HomeState.load"].full_name, at="/")
                assert home.redirect == (routes.ACCOUNT if role is Role.ECP else routes.ADMIN)  # which leads on
                await tab.send(BY_ID["SessionState.search"].full_name, {"text": "zyzzyva"})
                await tab.send(BY_ID["AccountState.load"].full_name, at=routes.ACCOUNT)
                await tab.settle()
                assert '"temporary_rx_state_": true' in tab.transcript
                await nothing_leaked(tab, world)
        finally:
            world.sql(temporary, None, actor.user_id)
            await tell(actor)


async def tell(actor: Actor) -> None:
    """Tell the app that this session is another than it remembers, as the door does that changes it."""
    await kernel_live.publish(f"session:{actor.session_id}")


async def test_nobody_sends_a_file_and_who_may_not_is_forbidden_whatever_is_in_it(world, live, tab_of, unchanged):
    """Reflex takes an upload of anybody under any token; ours are asked who they are before a byte is kept."""
    take = BY_ID["DocumentsState.take"]
    headers = {"reflex-client-token": "0000", "reflex-event-handler": take.full_name}
    file = {"files": ("sheet.pdf", b"%PDF-1.7 Zyzzyva", "application/pdf")}
    async with httpx.AsyncClient(base_url=live.url, trust_env=False) as client:
        for cookie in ("", "ils_session=no-token"):
            answer = await client.post("/_upload", files=file, headers={**headers, "cookie": cookie})
            assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
        cookie = f"ils_session={world.tokens[Role.ECP]}"
        answer = await client.post("/_upload", files=file, headers={**headers, "cookie": cookie, "origin": live.url})
        assert answer.status_code not in (401, 403)
        assert world.sql("SELECT count(*) FROM suppliers.document WHERE title LIKE '%%Zyzzyva%%'") == [(0,)]
    await still_there(live, tab_of)
