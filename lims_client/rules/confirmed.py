"""Which findings an ECP has already ticked."""

from __future__ import annotations

from lims_client.models import Configuration, Eye


def is_confirmed(configuration: Configuration, code: str, eye: Eye | None) -> bool:
    """Whether a confirmation names this code and this eye; one without an eye, or for both, covers either."""
    wanted = eye or Eye.BOTH
    return any(
        tick.code == code and (tick.eye in (None, Eye.BOTH) or tick.eye is wanted)
        for tick in configuration.confirmations
    )
