"""Names no patient has, entered wherever a name can be, found nowhere but where a patient's name belongs."""

import asyncio
import json
from email import message_from_bytes, policy
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from ils_app.kernel import asgi, config
from ils_app.kernel.roles import Role
from ils_app.orders.incoming import EXAMPLE
from ils_app.ui import routes
from tests.support.surfaces import handlers, shell

GIVEN, FAMILY, TYPED = "Zyzzyva", "Quillfeather-Ampersand", "Xylographer"
NAMES = (GIVEN, FAMILY, TYPED)
MISPLACED = "Wollstonecraft-Ypsilon"  # put where a catalog's word belongs: the LIMS is told that, no log is
EVENTS = {one.id: one for one in handlers()}
ORDER = {name: value for name, value in EXAMPLE.items() if name != "patient"}
PATIENT = {"given_name": GIVEN, "family_name": FAMILY, "date_of_birth": "1974-09-21", "reference": TYPED}


@pytest.fixture(scope="module")
async def program(live, world):
    """Somebody of Mill Lane's, through a program."""
    headers = {"authorization": f"Bearer {world.tokens[Role.ECP]}"}
    async with httpx.AsyncClient(base_url=live.url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
async def answers(live, world, program) -> list[httpx.Response]:
    """Every route a name can go into, in ways that succeed and in ways that fail."""
    said: list[httpx.Response] = []

    async def post(path: str, body: Any, *, method: str = "POST", **more: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", **more.pop("headers", {})}
        said.append(await program.request(method, path, content=content, headers=headers, **more))
        return said[-1]

    added = await post("/api/v1/patients", PATIENT)
    assert added.status_code == 201
    mine = f"/api/v1/patients/{added.json()['id']}"
    assert (await post("/api/v1/patients", PATIENT)).status_code == 409
    for wrong in ({"given_name": FAMILY}, {**PATIENT, "date_of_birth": FAMILY}, {**PATIENT, "given_name": [FAMILY]},
                  {**PATIENT, "given_name": FAMILY * 20}, {**PATIENT, FAMILY: FAMILY}, [FAMILY], FAMILY,
                  {**PATIENT, "given_name": f"{FAMILY}\x00"}, f'{{"given_name": "{FAMILY}'.encode(),
                  f'{{"given_name": "{FAMILY}\udc80"'.encode("utf-8", "surrogatepass")):  # fmt: skip
        assert (await post("/api/v1/patients", wrong)).status_code in (400, 409, 422)
    await post(mine, {"version": 1, "reference": f"{TYPED} 2"}, method="PATCH")
    await post(mine, {"version": 1, "reference": TYPED}, method="PATCH")
    await post(mine, {"version": FAMILY}, method="PATCH")
    await post(f"/api/v1/patients/{uuid4()}", {"version": 1, "given_name": FAMILY}, method="PATCH")
    for text in (FAMILY, f"{GIVEN} {FAMILY}", f"{FAMILY}\x00", FAMILY * 100, f"{FAMILY}' OR 1=1 --", f"%{FAMILY}\\"):
        await post("/api/v1/patients/search", {"text": text})
    await post("/api/v1/patients/search", {"text": {FAMILY: FAMILY}, "cursor": FAMILY})
    new, noted = {**PATIENT, "given_name": "Second"}, {"reference": TYPED, "notes": f"For {FAMILY}"}
    assert (await post("/api/v1/orders", {**ORDER, "patient": new})).status_code == 409
    placed = await post("/api/v1/orders", {**ORDER, **noted, "patient": PATIENT})
    assert placed.status_code == 201, placed.text
    await post("/api/v1/orders", {**ORDER, "patient": {**new, "date_of_birth": FAMILY}})
    await post("/api/v1/orders", {**ORDER, "patient": new, FAMILY: FAMILY})
    await post("/api/v1/orders", {**ORDER, "patient": PATIENT, "design": MISPLACED, "notes": FAMILY})
    await post("/api/v1/orders", {**ORDER, "patient": PATIENT, "prescription": {"od_sphere": FAMILY}})
    await post("/api/v1/orders", {**ORDER, "patient": PATIENT}, headers={"idempotency-key": f"{uuid4()}"})
    await post(f"/api/v1/orders/{placed.json()['id']}/cancel", {"reason": {FAMILY: FAMILY}})
    await post("/api/v1/auth/token", {"email": f"{FAMILY}@example.test", "password": FAMILY})
    await post("/api/v1/auth/token", {"email": [FAMILY], "password": {FAMILY: 1}})
    await post("/api/webhooks/lims-status", {"jobId": FAMILY, "newStatus": FAMILY, "patient": FAMILY})
    for form in ({"email": f"{FAMILY}@example.test", "password": FAMILY}, {"email": FAMILY, "next": f"//{FAMILY}"}):
        said.append(await program.post("/auth/sign-in", data=form))
    said.append(await program.post("/auth/demo", data={"email": FAMILY}))
    return said


@pytest.fixture(scope="module")
async def transcripts(live, world, tab_of, answers) -> dict[str, Any]:
    """Every form and every search of the pages, in ways that succeed and in ways that fail."""
    form = {"given_name": GIVEN, "family_name": FAMILY, "date_of_birth": FAMILY, "reference": TYPED}
    steps: dict[Role, list[tuple[str, Any, str]]] = {
        Role.ECP: [
            ("PatientState.load_new", {}, routes.NEW_PATIENT),
            ("PatientState.save", {"form": form}, routes.NEW_PATIENT),
            ("PatientState.save", {"form": form | {"date_of_birth": "03/11/1988"}}, routes.NEW_PATIENT),
            ("PatientState.add_all_the_same", {}, routes.NEW_PATIENT),
            ("PatientState.save", {"form": FAMILY}, routes.NEW_PATIENT),
            ("PatientState.edit", {"name": FAMILY, "value": FAMILY, "more": FAMILY}, routes.NEW_PATIENT),
            ("PatientsState.load", {}, routes.PATIENTS), ("PatientsState.look", {"name": "find", "value": FAMILY}, "/"),
            ("PatientsState.look", {"name": "find", "value": f"{FAMILY}\x00"}, "/"),
            ("PatientsState.look", {"name": "find", "value": [FAMILY]}, "/"),
            ("SessionState.search", {"text": FAMILY}, "/"), ("SessionState.search", {"text": {FAMILY: 1}}, "/"),
            ("SessionState.switch_role", {"role": FAMILY}, "/"), ("SessionState.switch_role", {"role": [FAMILY]}, "/"),
            ("OrdersState.search", {"name": "find", "text": FAMILY}, routes.ORDERS),
            ("NewOrderState.load", {}, f"{routes.NEW_ORDER}?draft={FAMILY}"),
            ("NewOrderState.load", {}, routes.NEW_ORDER),
            ("OrderPatient.look", {"text": FAMILY}, routes.NEW_ORDER),
            ("OrderPatient.begin", {"shown": FAMILY}, routes.NEW_ORDER),
            *(("OrderPatient.edit", {"name": f"patient_{name}", "value": value}, "/") for name, value in form.items()),
            ("OrderPatient.add", {}, "/"), ("OrderPatient.add_all_the_same", {}, "/"),
            ("OrderPatient.pick", {"patient_id": FAMILY, "shown": ""}, "/"),
            ("NewOrderState.edit", {"name": "reference", "value": TYPED}, "/"),
            ("NewOrderState.edit", {"name": "notes", "value": f"For {FAMILY}"}, "/"),
            ("NewOrderState.edit", {"name": "od_sphere", "value": FAMILY}, "/"),
            ("NewOrderState.edit", {"name": "reference", "value": FAMILY * 50}, "/"),
            ("NewOrderState.edit", {"name": "design", "value": MISPLACED}, "/"),
            ("NewOrderState.choose_patient", {"patient_id": FAMILY, "name": FAMILY, "detail": FAMILY}, "/"),
            ("NewOrderState.choose_practice", {"name": "practice", "value": FAMILY}, "/"),
            ("NewOrderState.edit_coating", {"entry": MISPLACED, "chosen": True}, "/"),
            ("NewOrderState.confirm", {"code": MISPLACED}, "/"),
            ("NewOrderState.submit", {"form": {"od_sphere": FAMILY, FAMILY: FAMILY}}, "/"),
            ("NewOrderState.submit", {"form": [FAMILY]}, "/"),
            ("OrderState.load", {}, f"/orders/{FAMILY}"), ("PatientState.load", {}, f"/patients/{FAMILY}"),
        ],
        Role.LAB: [
            ("BoardState.load", {}, f"{routes.BOARD}?practice={FAMILY}&stage={FAMILY}&job={FAMILY}"),
            ("BoardState.search", {"name": "find", "text": FAMILY}, routes.BOARD),
            ("BoardState.scan", {"form": {"scan": FAMILY}}, routes.BOARD),
            ("BoardState.scan", {"form": FAMILY}, routes.BOARD), ("BoardState.move", {"to": FAMILY}, routes.BOARD),
            ("BoardState.drop", {"form": {"job": FAMILY, "to": FAMILY}}, routes.BOARD),
            ("BoardState.load", {}, f"{routes.BOARD}?job={world.mill.order_id}"),
            ("SessionState.search", {"text": FAMILY}, "/"), ("NewOrderState.load", {}, routes.NEW_ORDER),
            ("NewOrderState.choose_practice", {"name": "practice", "value": str(world.mill.id)}, routes.NEW_ORDER),
            ("OrderPatient.begin", {"shown": FAMILY}, routes.NEW_ORDER), ("OrderPatient.add", {}, routes.NEW_ORDER),
        ],
        Role.ADMIN: [
            ("PeopleState.load", {}, f"{routes.PEOPLE}?person={FAMILY}&status={FAMILY}"),
            ("PeopleState.look", {"name": "find", "value": FAMILY}, routes.PEOPLE),
            ("SessionsState.look", {"name": "find", "value": FAMILY}, routes.SESSIONS),
            ("PeopleState.add", {"form": {"email": FAMILY, "organisation_id": FAMILY, "role": FAMILY}}, routes.PEOPLE),
            ("OrdersState.search", {"name": "find", "text": FAMILY}, routes.ORDERS),
        ],
    }  # fmt: skip
    said = {}
    for role, sent in steps.items():
        async with tab_of(role) as tab:
            for name, payload, at in sent:
                await tab.send(EVENTS[name].full_name, payload, at=at)
                await tab.settle()
            async with asyncio.timeout(30):
                while "saving_rx_state_" in tab.transcript and '"saving_rx_state_": "saving"' in tab.transcript[-4000:]:
                    await tab.settle()
            said[role] = tab.heard
    return said


@pytest.fixture(scope="module")
def worked(live, world, answers, transcripts) -> None:
    """The worker has done what all of that left to do."""
    live.programs.start_worker()
    live.programs.wait_for_jobs()


def test_the_names_were_taken_where_they_belong(world, worked, transcripts):
    assert world.sql("SELECT count(*) FROM patients.patient WHERE family_name = %s", FAMILY)[0][0] >= 2
    assert world.sql('SELECT count(*) FROM orders."order" WHERE patient_name LIKE %s', f"{FAMILY}%")[0][0] >= 1
    assert FAMILY in json.dumps(transcripts[Role.ECP])


@pytest.mark.parametrize("name", [*NAMES, MISPLACED])
def test_no_log_holds_a_name(live, sandbox, worked, name):
    logs = live.programs.app.log, live.programs.worker.log, sandbox.database.parent / "lims-sandbox.log"
    assert "handler_failed" in live.log  # it was provoked, and said by its kind and place
    for words in (log.read_text(errors="replace") for log in logs):
        assert name not in words
        assert "Traceback" not in words


@pytest.mark.parametrize("name", NAMES)
def test_no_fact_and_no_job_holds_a_name(world, worked, name):
    for table in ("kernel.event", "kernel.heard", "kernel.inbox", "public.procrastinate_jobs", "lab.card", "lab.step",
                  "notifications.notice", "notifications.entry", "notifications.mail"):  # fmt: skip
        assert not world.sql(f"SELECT 1 FROM {table} t WHERE to_jsonb(t)::text ILIKE %s", f"%{name}%"), table


def test_no_mail_holds_a_name(world, worked):
    """The practice was told of the order; what left names the order and nobody else."""
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in (config.current().home / ".ils" / "mail").glob("*.eml")
    ]
    told = [mail for mail in mails if "order received" in mail["Subject"]]
    assert told
    for mail in mails:
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        said = "".join([mail.as_string(), *parts])
        assert not [name for name in NAMES if name in said]


@pytest.mark.parametrize("name", NAMES)
def test_the_lims_is_told_no_name(live, worked, name):
    sent = live.listener.requests
    assert {"/validation", "/jobs/create"} <= {one.path.split("?")[0] for one in sent}
    for one in sent:
        said = one.body.decode("utf-8", "replace") + one.path + json.dumps(one.headers)
        assert name not in said, one.path


def test_nothing_but_ils_s_own_word_goes_along_with_a_job(live, worked):
    created = [json.loads(one.body) for one in live.listener.requests if one.path.startswith("/jobs/create")]
    assert created
    assert all(job["metadata"] == {"source": "ILS"} for job in created)
    assert not any({"patientName", "reference", "notes", "dateOfBirth"} & set(job) for job in created)


def test_no_address_anybody_is_sent_to_holds_a_name(answers, transcripts):
    sent = [answer.headers["location"] for answer in answers if "location" in answer.headers]
    sent += [
        event["payload"].get("path", "")
        for heard in transcripts.values()
        for update in heard
        for event in update.get("events") or ()
        if event["name"] == "_redirect"
    ]
    assert len(sent) > 2
    assert not [address for address in sent for name in NAMES if name.lower() in address.lower()]


def test_no_refusal_quotes_what_was_entered(answers):
    for answer in answers:
        if answer.status_code in (400, 401, 403, 404, 422, 500):
            messages = [answer.text] if not answer.content.startswith(b"{") else [answer.json()["message"]]
            assert not [name for name in NAMES for message in messages if name in message], answer.text
            assert answer.status_code != 500


async def test_what_breaks_in_a_route_is_not_handed_to_the_server_with_its_words(capfd):
    """A server prints what an application raises; nothing is raised."""
    app = FastAPI()
    asgi.translate_errors(app)

    @app.get("/break")
    async def break_it() -> None:
        raise RuntimeError(f"invalid input: {FAMILY}")

    @app.get("/break-late")
    async def break_late() -> None:
        raise ExceptionGroup(FAMILY, [ValueError(FAMILY)])

    transport = httpx.ASGITransport(shell().hardened(app), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as client:
        for path in ("/break", "/break-late"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (500, "error")
    said = capfd.readouterr()
    assert FAMILY not in said.out + said.err
