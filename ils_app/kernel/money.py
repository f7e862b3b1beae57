"""Money as integer minor units and a currency."""

from pydantic import BaseModel, ConfigDict

_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


class Money(BaseModel):
    """An amount in minor units (pence, cents) of an ISO 4217 currency with two decimals."""

    model_config = ConfigDict(frozen=True)

    minor: int
    currency: str = "GBP"

    def __str__(self) -> str:
        """As a person reads it.

        >>> str(Money(minor=-123456))
        '-£1,234.56'
        """
        whole, rest = divmod(abs(self.minor), 100)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{_SIGNS.get(self.currency, self.currency + ' ')}{whole:,}.{rest:02d}"

    @property
    def plain(self) -> str:
        """As somebody types it, and a spreadsheet reads it.

        >>> Money(minor=-123405).plain
        '-1234.05'
        """
        whole, rest = divmod(abs(self.minor), 100)
        return f"{'-' if self.minor < 0 else ''}{whole}.{rest:02d}"
