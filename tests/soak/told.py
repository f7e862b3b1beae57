"""What the world was told: every yes that a client got, which ILS has to stand by whatever happens afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Told:
    """Kept by the load, read by the checker."""

    orders: dict[str, str] = field(default_factory=dict)  # key → order id
    names: dict[str, str] = field(default_factory=dict)  # key → family name of the patient the order brought along
    cancelled: set[str] = field(default_factory=set)  # order ids
    webhooks: dict[str, tuple[str, int]] = field(default_factory=dict)  # delivery id → job id and sequence
    events: set[str] = field(default_factory=set)  # ids of Stripe's events
    refunds: dict[str, int] = field(default_factory=dict)  # key → minor
    surprises: list[str] = field(default_factory=list)  # answers no client should ever get
    open_jobs: dict[str, str] = field(default_factory=dict)  # job id → order id, until the lab is done with it
