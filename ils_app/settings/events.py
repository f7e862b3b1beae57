"""Facts of this room: what was changed, never to what."""

from datetime import date
from uuid import UUID

from ils_app.kernel.events import Fact


class LabSettingsChanged(Fact):
    """The lab works otherwise now; `changed` names which of its settings."""

    sentence = "The lab's settings were changed: {changed}"

    changed: tuple[str, ...]


class HolidayAdded(Fact):
    """The lab is closed on this day."""

    sentence = "The lab is closed on {day}"

    day: date


class HolidayRemoved(Fact):
    """The lab works on this day after all."""

    sentence = "The lab works on {day} after all"

    day: date


class LetterheadChanged(Fact):
    """An organisation's documents look otherwise from now on; `changed` names which lines, or `logo`."""

    sentence = "The letterhead of {organisation_id} was changed: {changed}"

    organisation_id: UUID
    changed: tuple[str, ...]


class PreferencesChanged(Fact):
    """A person switched their theme or what they are told."""

    sentence = "{user_id} changed what they are shown and told: {changed}"

    user_id: UUID
    changed: tuple[str, ...]
