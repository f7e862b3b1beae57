"""What the patients room refuses, by name."""

from collections.abc import Sequence

from ils_app.kernel.errors import Conflict
from ils_app.patients.schemas import PatientView


class LooksLike(Conflict):
    """A new patient looks like one the practice has; `candidates` holds those, the likeliest first."""

    code = "looks_like"

    def __init__(self, candidates: Sequence[PatientView]) -> None:
        super().__init__("You may already have this patient. Take the one you have, or add a new one all the same.")
        self.candidates = tuple(candidates)


class ChangedElsewhere(Conflict):
    """The patient was saved in another tab since it was read; `current` is how it stands now."""

    code = "changed_elsewhere"

    def __init__(self, current: PatientView) -> None:
        super().__init__("This patient was changed elsewhere in the meantime. Keep yours, or take theirs.")
        self.current = current
