"""Card payments in tests: events as Stripe would sign them, and what the database says of attempts and refunds."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from ils_app.billing.stripe_signature import sign
from ils_app.kernel import config, inbox
from ils_app.kernel.clock import now
from tests.support.invoices import sql

ROUTE = "/api/webhooks/stripe"


@dataclass(frozen=True)
class Attempt:
    """An attempt as it stands in the database."""

    id: UUID
    invoice_id: UUID
    state: str
    live: bool
    amount_minor: int
    currency: str
    session_id: str | None
    payment_intent: str | None
    decline: str

    @property
    def ours(self) -> dict[str, str]:
        """The metadata Stripe was given with it."""
        return {"ils_attempt": str(self.id), "ils_invoice": str(self.invoice_id)}

    @property
    def payment(self) -> str:
        """The name its payment has, or will have, at the stand-in."""
        return f"pi_standin_{self.id.hex}"

    def page(self, status: str = "complete", **changes: Any) -> dict[str, Any]:
        """Its payment page as Stripe describes it."""
        paid = status == "complete"
        return {
            "id": self.session_id, "object": "checkout.session", "status": status, "amount_total": self.amount_minor,
            "currency": self.currency.lower(), "payment_status": "paid" if paid else "unpaid",
            "payment_intent": self.payment if paid else None, "metadata": self.ours, **changes,
        }  # fmt: skip

    def intent(self, status: str = "succeeded", **changes: Any) -> dict[str, Any]:
        """Its payment as Stripe describes it."""
        return {
            "id": self.payment, "object": "payment_intent", "status": status, "amount": self.amount_minor,
            "amount_received": self.amount_minor if status == "succeeded" else 0, "currency": self.currency.lower(),
            "metadata": self.ours, **changes,
        }  # fmt: skip

    def declined(self, word: str = "insufficient_funds") -> dict[str, Any]:
        """Its payment after a card was refused."""
        error = {"code": "card_declined", "decline_code": word}
        return self.intent("requires_payment_method", last_payment_error=error)

    def back(self, amount_minor: int, status: str = "succeeded", *, name: str, **changes: Any) -> dict[str, Any]:
        """A refund of it as Stripe describes it."""
        return {
            "id": name, "object": "refund", "status": status, "amount": amount_minor,
            "currency": self.currency.lower(), "payment_intent": self.payment, "metadata": {}, **changes,
        }  # fmt: skip


def attempts(database: str, invoice_id: UUID) -> list[Attempt]:
    """The attempts of an invoice, oldest first."""
    columns = "id, invoice_id, state, live, amount_minor, currency, session_id, payment_intent, decline"
    query = f"SELECT {columns} FROM billing.card_attempt WHERE invoice_id = '{invoice_id}' ORDER BY created_at"
    return [Attempt(*row) for row in sql(database, query)]


def refunds(database: str) -> list[tuple[str, str, int]]:
    """Every refund: who wanted it, how it stands, how much."""
    return sql(database, "SELECT origin, state, amount_minor FROM billing.card_refund ORDER BY created_at")  # type: ignore[return-value]


def entries(database: str, invoice_id: UUID) -> list[tuple[str, int]]:
    """The movements of an invoice's balance after its issue."""
    query = (
        f"SELECT kind, minor FROM billing.entry WHERE invoice_id = '{invoice_id}' AND kind <> 'invoiced' ORDER BY id"
    )
    return sql(database, query)  # type: ignore[return-value]


def told(database: str) -> list[str]:
    """What people were told, each by the beginning of its key and which side."""
    return [key for (key,) in sql(database, "SELECT key FROM notifications.notice ORDER BY at, key")]


def an_event(kind: str, thing: dict[str, Any], *, event_id: str | None = None, created: int | None = None) -> bytes:
    """An event's body."""
    at = int(now().timestamp()) if created is None else created
    said = {
        "id": event_id or f"evt_{uuid4().hex}", "object": "event", "type": kind, "created": at, "livemode": False,
        "data": {"object": thing},
    }  # fmt: skip
    return json.dumps(said).encode()


async def send(
    http: httpx.AsyncClient, body: bytes, *, secret: str | None = None, late_seconds: int = 0
) -> httpx.Response:
    """Post a body with a signature of `late_seconds` ago, by the secret in force unless another is given."""
    at = int(now().timestamp()) - late_seconds
    key = secret or config.current().stripe_webhook_secrets[0]
    return await http.post(ROUTE, content=body, headers={"stripe-signature": sign(body, key, at_seconds=at)})


async def deliver(http: httpx.AsyncClient, kind: str, thing: dict[str, Any], **more: Any) -> httpx.Response:
    """Have Stripe say this."""
    return await send(http, an_event(kind, thing, **more))


async def deliveries() -> list[tuple[str, str]]:
    """What became of everything Stripe said, newest first."""
    return [(one.state.value, one.outcome) for one in await inbox.deliveries(source="stripe")]
