"""Facts of the admin room; only ever added to."""

from ils_app.kernel.events import Fact


class AuditExported(Fact):
    """Somebody took a copy of the audit list, or of a part of it, out of ILS."""

    sentence = "The audit list was exported, {part}"

    part: str  # "whole", or which filters were set: their names, not what was typed
