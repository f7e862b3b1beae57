"""localstripe in a process of its own, and what it lacks in front of it.

localstripe (GPL, so never imported here) has PaymentIntents, PaymentMethods, refunds and signed webhooks. It has no
Checkout, ignores `Idempotency-Key` and takes any parameter it knows; the front adds a double of Checkout, honours the
key, and holds every request against the `stripe` library's own types. Everything else goes through to localstripe.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError
from stripe.params import RefundCreateParams, RefundListParams
from stripe.params.checkout import SessionCreateParams, SessionExpireParams, SessionRetrieveParams

from tests.support import stripe_types
from tests.support.sandbox_process import free_port

VERSION = "1.15.10"
KEY = "sk_test_localstripe0"
START_SECONDS = 20.0
RUN = (
    "import sys; from aiohttp import web; from localstripe import resources, server; "
    "resources.store.dump_to_disk = lambda: None; "
    "web.run_app(server.app, host='127.0.0.1', port=int(sys.argv[1]), print=None)"
)
SESSIONS = "/v1/checkout/sessions"


def installed() -> Path:
    """A Python that has localstripe, in a cache folder of its own; skips the test where it cannot be installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ils-tests" / f"localstripe-{VERSION}-py{sys.version_info[0]}{sys.version_info[1]}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"localstripe=={VERSION}"],
        ):
            said = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
            if said.returncode:
                pytest.skip(f"localstripe {VERSION} cannot be installed here: {said.stderr.strip()[-200:]}")
        done.touch()
    return python


@contextmanager
def localstripe() -> Iterator[str]:
    """Its address, while it runs."""
    port = free_port()
    process = subprocess.Popen(
        [str(installed()), "-c", RUN, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                httpx.get(url, timeout=1, trust_env=False)
                break
            except httpx.HTTPError:
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                assert time.monotonic() < deadline, "localstripe did not come up"
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Front:
    """Speaks Stripe's language at `url`; `lose` says how many answers to which call get lost on their way back."""

    behind: str
    url: str = ""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)  # as they came, unread
    lose: dict[str, int] = field(default_factory=dict)
    _answered: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def answer(self, method: str, path: str, query: str, body: str, key: str) -> tuple[int, bytes]:
        """The answer to one request, the same again for the same key."""
        with self._lock:
            self.requests.append((method, path))
            self.bodies.append(body)
            if wrong := _wrong(method, path, body if method == "POST" else query):
                return 400, _error("parameter_invalid", wrong)
            if key and key in self._answered:
                said, status, known = self._answered[key]
                return (status, known) if said == body else (400, _error("idempotency_key_reused", "another request"))
            if path.startswith(SESSIONS):
                status, answer = self._checkout(method, path, _nested(body))
            else:
                status, answer = self._onward(method, path, query, body)
            if key:
                self._answered[key] = body, status, answer
            return status, answer

    def pay(self, session_id: str, number: str = "4242424242424242") -> bool:
        """Somebody enters a card on the page: localstripe takes it, or declines it, and says so by its own webhook."""
        session = self.sessions[session_id]
        card = {"type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040"}
        method = self._ask("/v1/payment_methods", {**card, "card[cvc]": "123"}).json()["id"]
        ours = {f"metadata[{name}]": value for name, value in session["metadata"].items()}
        paid = self._ask(
            "/v1/payment_intents",
            {"amount": session["amount_total"], "currency": session["currency"], "payment_method": method,
             "confirm": "true", **ours},
        )  # fmt: skip
        if paid.is_success:
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": paid.json()["id"]}
        return paid.is_success

    def send_events_to(self, url: str, secret: str) -> None:
        """Have localstripe sign what happens and send it there."""
        given = {"url": url, "secret": secret}
        httpx.post(f"{self.behind}/_config/webhooks/ils", json=given, trust_env=False).raise_for_status()

    def _ask(self, path: str, given: dict[str, Any]) -> httpx.Response:
        return httpx.post(f"{self.behind}{path}", data=given, auth=(KEY, ""), trust_env=False)

    def _onward(self, method: str, path: str, query: str, body: str) -> tuple[int, bytes]:
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/x-www-form-urlencoded"}
        said = httpx.request(
            method, f"{self.behind}{path}?{query}", content=body, headers=headers, trust_env=False, timeout=20
        )
        return said.status_code, said.content

    def _checkout(self, method: str, path: str, given: dict[str, Any]) -> tuple[int, bytes]:
        rest = path.removeprefix(SESSIONS).strip("/").split("/")
        if rest == [""]:
            session_id, line = f"cs_test_{uuid4().hex}", given["line_items"][0]["price_data"]
            self.sessions[session_id] = {
                "id": session_id, "object": "checkout.session", "status": "open", "payment_status": "unpaid",
                "amount_total": int(line["unit_amount"]), "currency": line["currency"], "metadata": given["metadata"],
                "payment_intent": None, "url": f"https://checkout.stripe.com/c/pay/{session_id}",
                "expires_at": int(given["expires_at"]),
            }  # fmt: skip
            return 200, json.dumps(self.sessions[session_id]).encode()
        session = self.sessions.get(rest[0])
        if session is None:
            return 404, _error("resource_missing", "No such checkout.session")
        if rest[1:] == ["expire"]:
            if session["status"] != "open":
                return 400, _error("", "Only Checkout Sessions with a status in [open] can be expired.")
            session["status"] = "expired"
        return 200, json.dumps(session).encode()


@contextmanager
def front_of(behind: str) -> Iterator[Front]:
    """The front, listening on loopback."""
    front = Front(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            key = self.headers.get("idempotency-key", "")
            status, said = front.answer(self.command, parts.path, parts.query, body, key)
            if front.lose.get(called := f"{self.command} {parts.path}", 0) > 0:
                front.lose[called] -= 1
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    front.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()


def _wrong(method: str, path: str, given: str) -> str:
    """What the library's own types find wrong with a request; empty when nothing."""
    page = path.startswith(f"{SESSIONS}/")
    kinds: dict[tuple[str, bool], Any] = {
        ("POST", path == SESSIONS): SessionCreateParams,
        ("POST", page and path.endswith("/expire")): SessionExpireParams,
        ("GET", page): SessionRetrieveParams,
        ("POST", path == "/v1/refunds"): RefundCreateParams,
        ("GET", path == "/v1/refunds"): RefundListParams,
    }
    expected = kinds.get((method, True))
    if expected is None:
        return f"ILS has no business with {method} {path}"
    try:
        stripe_types.of(expected).validate_python(_nested(given))
    except ValidationError as error:
        return str(error)
    return ""


def _nested(form: str) -> dict[str, Any]:
    """A form as Stripe's library writes it, `a[b][0][c]=d`, as the values it was made of."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        head, *rest = name.replace("]", "").split("[")
        place = found
        for step in rest:
            place, head = place.setdefault(head, {}), step
        place[head] = value
    return _listed(found)  # type: ignore[no-any-return]


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"type": "invalid_request_error", "code": code, "message": message}}).encode()
