"""Facts of the patients room: ids only, a listener asks the door for the rest."""

from uuid import UUID

from ils_app.kernel.events import Fact


class PatientAdded(Fact):
    """A practice has a new patient."""

    sentence = "A patient was added at {practice_id}"

    patient_id: UUID
    practice_id: UUID


class PatientChanged(Fact):
    """A patient's name, date of birth or reference is other than it was; `service.profile` has the new ones."""

    sentence = "A patient of {practice_id} was changed"

    patient_id: UUID
    practice_id: UUID
