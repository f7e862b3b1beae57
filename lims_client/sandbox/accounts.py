"""The lab's books, as far as taking an order needs them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lims_client.rules import AccountStanding
from lims_client.sandbox.database import Database
from lims_client.sandbox.problems import not_found


class Account(BaseModel):
    """A practice's account with the lab. Money in minor units; no limit when absent."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    account_number: str = Field(min_length=1, max_length=40)
    name: str = Field("", max_length=200)
    on_stop: bool = False
    credit_limit_minor: int | None = Field(None, ge=0)
    balance_minor: int = 0


SEEDED = (
    Account(account_number="HARB-001", name="Harbour Eye Care"),
    Account(account_number="MILL-001", name="Mill Lane Opticians"),
    Account(account_number="STOP-001", name="Quay Street Optics", on_stop=True),
    Account(account_number="LIMIT-001", name="Corner Spectacles", credit_limit_minor=1, balance_minor=1),
)


class Accounts:
    """Accounts by number. One that is not known is opened by its first order, without a limit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        if not database.setting("accounts_seeded"):
            with database.transaction():
                for account in SEEDED:
                    self.keep(account)
                database.keep_setting("accounts_seeded", "yes")

    def keep(self, account: Account) -> Account:
        """Open an account, or change one."""
        self._database.run(
            "INSERT INTO account VALUES (:number, :name, :on_stop, :limit, :balance) "
            "ON CONFLICT (number) DO UPDATE SET name = excluded.name, on_stop = excluded.on_stop, "
            "credit_limit_minor = excluded.credit_limit_minor, "
            "balance_minor = excluded.balance_minor",
            number=account.account_number,
            name=account.name or account.account_number,
            on_stop=account.on_stop,
            limit=account.credit_limit_minor,
            balance=account.balance_minor,
        )
        return self.get(account.account_number)

    def get(self, number: str) -> Account:
        row = self._database.one("SELECT * FROM account WHERE number = :number", number=number)
        if row is None:
            raise not_found("such account")
        return _account(row)

    def all(self) -> list[dict[str, Any]]:
        rows = self._database.all("SELECT * FROM account ORDER BY number")
        return [_account(row).model_dump(by_alias=True) for row in rows]

    def standing(self, number: str | None) -> AccountStanding | None:
        """What the books say; None for an order without an account, which goes to the house account."""
        if number is None:
            return None
        row = self._database.one("SELECT * FROM account WHERE number = :number", number=number)
        if row is None:
            return AccountStanding(number=number, known=False)
        account = _account(row)
        return AccountStanding(
            number=number,
            name=account.name,
            on_stop=account.on_stop,
            credit_limit_minor=account.credit_limit_minor,
            balance_minor=account.balance_minor,
        )

    def charge(self, number: str | None, minor: int) -> None:
        """Put an order on the account, opening it if need be."""
        if number is not None:
            self._database.run(
                "INSERT INTO account (number, name, balance_minor) VALUES (:number, :number, :minor) "
                "ON CONFLICT (number) DO UPDATE SET balance_minor = balance_minor + excluded.balance_minor",
                number=number,
                minor=minor,
            )


def _account(row: Any) -> Account:
    return Account(
        account_number=row["number"],
        name=row["name"],
        on_stop=bool(row["on_stop"]),
        credit_limit_minor=row["credit_limit_minor"],
        balance_minor=row["balance_minor"],
    )
