"""Stripe's webhook, and card payments for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from ils_app.auth.http import asks
from ils_app.billing import service
from ils_app.billing.card_outcomes import APPLY, SOURCE
from ils_app.billing.card_schemas import CardPage, CardsOfInvoice
from ils_app.billing.stripe_signature import Signed, signed_by_stripe
from ils_app.kernel import inbox
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API
from ils_app.kernel.webhooks import REFUSES

router = APIRouter()
webhooks = APIRouter()
ONE = f"{API}/invoices/{{invoice_id}}"


class RefundRequest(BaseModel):
    """Money to send back to a card, in minor units, and why."""

    amount_minor: int = Field(ge=1, le=10**12)
    reason: str = Field(max_length=300)


@webhooks.post("/api/webhooks/stripe", tags=["webhooks"], status_code=202, responses=REFUSES)
async def stripe(signed: Annotated[Signed, Depends(signed_by_stripe)]) -> None:
    """Keep the event exactly once and answer; `card_jobs.apply_stripe` does the work."""
    event = signed.event
    delivery = inbox.Delivery(source=SOURCE, delivery_id=event.id, subject=event.subject, body=event.kept(), task=APPLY)
    await inbox.keep(delivery)


@router.get(f"{ONE}/card-payments", tags=["billing"])
async def card_payments(actor: Annotated[Actor, Depends(asks("invoices.read"))], invoice_id: UUID) -> CardsOfInvoice:
    """The tries to pay an invoice by card, newest first, with what went back."""
    return await service.cards_of(actor, invoice_id)


@router.post(f"{ONE}/card-payments", tags=["billing"])
async def pay_by_card(actor: Annotated[Actor, Depends(asks("invoices.pay"))], invoice_id: UUID) -> CardPage:
    """The page on which to pay what is owed; asked again while it is open, the same one."""
    return await service.pay_by_card(actor, invoice_id)


@router.post(f"{ONE}/card-refunds", tags=["billing"])
async def refund_card(
    actor: Annotated[Actor, Depends(asks("invoices.issue"))],
    invoice_id: UUID,
    wanted: RefundRequest,
    idempotency_key: Annotated[str | None, Header(max_length=120)] = None,
) -> CardsOfInvoice:
    """Send money back to the card it came from; pending until Stripe says so."""
    return await service.refund_card(actor, invoice_id, wanted.amount_minor, reason=wanted.reason, key=idempotency_key)


router.include_router(webhooks)
