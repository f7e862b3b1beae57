"""Money that is on its way back to a card: it has not left the books yet and can go back no other way meanwhile."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing.card_schemas import RefundState
from ils_app.billing.models import CardRefundRow


async def on_its_way(session: AsyncSession, invoice_id: UUID) -> int:
    """What of an invoice is going back to cards just now, in minor units."""
    query: Any = select(func.coalesce(func.sum(col(CardRefundRow.amount_minor)), 0)).where(
        col(CardRefundRow.invoice_id) == invoice_id, col(CardRefundRow.state) == RefundState.PENDING
    )
    return int((await session.execute(query)).scalar_one())
