"""Which findings an ECP has already ticked."""

from __future__ import annotations

from lims_client.models import Configuration, Eye


def is_confirmed(configuration: Configuration, code: str, eye: Eye | None) -> bool:
    """Whether a confirmation names this code and this eye; one without an eye, or for both, covers either."""
    wanted = eye or Eye.BOTH
    ticked = (tick.eye or Eye.BOTH for tick in configuration.confirmations if tick.code == code)
    return any(eye_ticked in (Eye.BOTH, wanted) for eye_ticked in ticked)
