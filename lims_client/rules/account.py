"""ACCOUNT_: whether the lab works for this account today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lims_client.models import Finding, Price
from lims_client.rules.findings import HOLD, INFO, REJECT, finding


@dataclass(frozen=True)
class AccountStanding:
    """What the lab's books say of an account; money in minor units."""

    number: str
    name: str = ""
    known: bool = True
    on_stop: bool = False
    credit_limit_minor: int | None = None
    balance_minor: int = 0


def check_account(account: AccountStanding | None, price: Price | None) -> Iterator[Finding]:
    """What the ACCOUNT_ rules say; nothing when the books were not asked."""
    if account is None:
        return
    if not account.known:
        yield finding(
            "ACCOUNT_UNKNOWN",
            INFO,
            f"The lab has not had an order from account {account.number[:40]} before; it is opened with this one.",
            field="accountNumber",
        )
    if account.on_stop:
        yield finding(
            "ACCOUNT_STOP",
            REJECT,
            "This account is on stop: the lab takes no new orders for it.",
            field="accountNumber",
            fix="Settle the account, or call the lab's accounts office.",
        )
    total = account.balance_minor + (price.total_minor if price is not None else 0)
    if account.credit_limit_minor is not None and total > account.credit_limit_minor:
        yield finding(
            "ACCOUNT_LIMIT",
            HOLD,
            "This order takes the account over its credit limit; the lab releases it when there is room.",
            field="accountNumber",
            fix="Pay an invoice, or ask the lab for a higher limit.",
        )
