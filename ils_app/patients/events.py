"""Facts of the patients room: ids only, a listener asks the door for the rest."""

from uuid import UUID

from ils_app.kernel.events import Fact


class PatientAdded(Fact):
    """A practice has a new patient."""

    patient_id: UUID
    practice_id: UUID


class PatientChanged(Fact):
    """A patient's name, date of birth or reference is other than it was; `service.profile` has the new ones."""

    patient_id: UUID
    practice_id: UUID
