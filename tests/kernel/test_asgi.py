"""What every HTTP surface does: refusals in one form, an id per request, limits, headers, one host."""

import base64
import hashlib
import json

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from pydantic import BaseModel

from ils_app.kernel import asgi, config, lims
from ils_app.kernel import database as kernel_database
from ils_app.kernel.errors import Conflict, Forbidden, IlsError, Invalid, NotFound, Upstream

router = APIRouter()


class Cup(BaseModel):
    """A body."""

    colour: str
    handles: int


class Chipped(Invalid):
    """A named refusal."""

    code = "chipped"


REFUSALS: dict[str, IlsError] = {
    "invalid": Invalid("No such cup.", fields={"colour": "Unknown."}),
    "chipped": Chipped("It is chipped."),
    "forbidden": Forbidden(fields={"secret": "told"}),
    "not_found": NotFound(fields={"secret": "told"}),
    "conflict": Conflict("It has moved."),
    "upstream": Upstream("The kiln does not answer."),
}


@router.get("/refuse/{which}")
async def refuse(which: str) -> None:
    """Refuse as asked."""
    raise REFUSALS[which]


@router.get("/break")
async def break_it() -> None:
    """Break."""
    raise RuntimeError("Jones dropped it")


@router.post("/cups")
async def cups(cup: Cup) -> dict[str, str]:
    """Take a cup."""
    return {"colour": cup.colour}


@router.get("/own")
async def own() -> Response:
    """Answer with a header of its own."""
    return Response("ok", headers={"x-frame-options": "SAMEORIGIN"})


@pytest.fixture
def app() -> FastAPI:
    return asgi.service_app("cups", router)


@pytest.fixture
async def client(app):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as one:
        yield one


@pytest.mark.parametrize(("which", "status", "body"), [
    ("invalid", 422, {"code": "invalid", "message": "No such cup.",
                      "errors": [{"field": "colour", "message": "Unknown."}]}),
    ("chipped", 422, {"code": "chipped", "message": "It is chipped.", "errors": []}),
    ("forbidden", 403, {"code": "forbidden", "message": "Your role does not allow this.", "errors": []}),
    ("not_found", 404, {"code": "not_found", "message": "There is no such record.", "errors": []}),
    ("conflict", 409, {"code": "conflict", "message": "It has moved.", "errors": []}),
    ("upstream", 503, {"code": "upstream", "message": "The kiln does not answer.", "errors": []}),
])  # fmt: skip
async def test_a_refusal_is_an_answer_of_one_form(which, status, body, client):
    answer = await client.get(f"/refuse/{which}")
    assert (answer.status_code, answer.json()) == (status, body)


async def test_a_body_of_the_wrong_form_names_fields_and_never_values(client):
    answer = await client.post("/cups", json={"colour": "blue", "handles": "Jones"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "malformed"
    assert [error["field"] for error in answer.json()["errors"]] == ["handles"]
    assert "Jones" not in answer.text
    cut = await client.post("/cups", content=b'{"colour": ', headers={"content-type": "application/json"})
    assert (cut.status_code, cut.json()["code"]) == (422, "malformed")


async def test_what_breaks_says_nothing_of_why(client):
    answer = await client.get("/break")
    assert answer.status_code == 500
    assert answer.json() == {"code": "error", "message": "ILS could not answer this.", "errors": []}


async def test_every_answer_carries_its_requests_id_and_a_senders_own_is_kept_if_it_is_plain(client):
    given = await client.get("/refuse/conflict", headers={"x-request-id": "abc-DEF_123"})
    assert given.headers["x-request-id"] == "abc-DEF_123"
    ids = set()
    for odd in ("short", "x" * 65, "with space", "new\tline", ""):
        answer = await client.get("/refuse/conflict", headers={"x-request-id": odd})
        assert answer.headers["x-request-id"] != odd
        ids.add(answer.headers["x-request-id"])
    assert len(ids) == 5
    assert all(len(one) == 32 for one in ids)


async def test_a_body_over_the_limit_is_refused_whether_it_says_so_or_not(client):
    most = json.dumps({"colour": "x" * (asgi.MAX_BODY_BYTES - 40), "handles": 1}).encode()
    headers = {"content-type": "application/json"}
    assert (await client.post("/cups", content=most, headers=headers)).status_code == 200
    over = most + b" " * 100

    async def drip():
        for start in range(0, len(over), 100_000):
            yield over[start : start + 100_000]

    for content in (over, drip()):
        answer = await client.post("/cups", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["message"] == "The body is larger than 2000 kB."


async def test_a_declared_length_that_is_no_number_is_not_believed(client):
    for declared in ("many", "9" * 6000):
        answer = await client.post("/cups", content=b"{}", headers={"content-length": declared})
        assert answer.status_code in (413, 422)


async def test_an_answer_that_has_begun_is_not_begun_again():
    sent = []

    async def early(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    async def receive():
        return {"type": "http.request", "body": b"x" * 11, "more_body": False}

    async def send(message):
        sent.append(message["type"])

    await asgi.BodyLimit(early, max_bytes=10)({"type": "http", "headers": []}, receive, send)
    assert sent == ["http.response.start"]


async def test_sockets_and_lifespans_pass_through_untouched(database):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    for wrap in (asgi.RequestIds, asgi.BodyLimit, asgi.SecurityHeaders, asgi.OneHost):
        await wrap(app)({"type": "websocket", "headers": []}, None, None)
    assert seen == ["websocket"] * 4


def wrapped(client_app, *layers):
    for layer in layers:
        client_app = layer(client_app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(client_app), base_url="http://127.0.0.1:3000")


@pytest.fixture
def public_url(monkeypatch, ils_home):
    """Sets the address the pages were built for."""

    def say(url: str) -> None:
        monkeypatch.setenv("PUBLIC_URL", url)
        config.current.cache_clear()

    yield say
    monkeypatch.undo()
    config.current.cache_clear()


async def test_every_answer_has_the_security_headers_and_a_routes_own_stand(public_url, tmp_path):
    public_url("http://127.0.0.1:3000")
    app = FastAPI()
    app.include_router(router)
    asgi.translate_errors(app)
    script = "window.__x = 1;\n"
    (tmp_path / "deep").mkdir()
    page = f"<script>{script}</script><script src='/a.js'></script><script type='module'></script>"
    (tmp_path / "deep" / "index.html").write_text(page, "utf-8")
    async with wrapped(app, lambda inner: asgi.SecurityHeaders(inner, tmp_path)) as client:
        answer = await client.get("/refuse/conflict")
        own = await client.get("/own")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == "'self'"
    assert (policy["object-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'", "'self'")
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy["script-src"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in answer.headers
    assert own.headers["x-frame-options"] == "SAMEORIGIN"


async def test_over_https_the_browser_is_told_to_stay_there(app, public_url):
    public_url("https://ils.example.org")
    async with wrapped(app, asgi.SecurityHeaders) as client:
        assert "max-age" in (await client.get("/own")).headers["strict-transport-security"]


@pytest.mark.parametrize(("built_for", "asked"), [
    ("http://127.0.0.1:3000", "localhost:3000"), ("http://localhost:3000", "127.0.0.1:3000"),
])  # fmt: skip
async def test_a_page_asked_for_under_the_other_name_is_sent_to_the_one_it_was_built_for(
    app, public_url, built_for, asked
):
    public_url(built_for)
    async with wrapped(app, asgi.OneHost) as client:
        moved = await client.get("/orders?view=late&q=a%20b", headers={"host": asked})
        posted = await client.post("/cups", json={"colour": "blue", "handles": 1}, headers={"host": asked})
        right = await client.get("/own", headers={"host": built_for.removeprefix("http://")})
        foreign = await client.get("/own", headers={"host": "evil.example"})
    assert (moved.status_code, moved.headers["location"]) == (307, f"{built_for}/orders?view=late&q=a%20b")
    assert [answer.status_code for answer in (posted, right, foreign)] == [200] * 3


async def test_in_production_names_are_left_alone(app, public_url):
    public_url("https://ils.example.org")
    async with wrapped(app, asgi.OneHost) as client:
        assert (await client.get("/own", headers={"host": "localhost"})).status_code == 200


async def test_a_room_opens_its_lims_client_and_closes_its_database(database):
    app = asgi.service_app("cups", router)
    async with app.router.lifespan_context(app):
        opened = lims.lims()
        kernel_database.engine()
    assert lims._client is None
    assert opened is not None
    assert kernel_database._engine is None
    async with asgi.process():
        assert lims._client is not None
    assert lims._client is None
