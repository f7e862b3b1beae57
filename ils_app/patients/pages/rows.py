"""Patients as lists and pickers show them."""

from dataclasses import dataclass
from typing import Self

from ils_app.patients.schemas import PatientRead, PatientView
from ils_app.ui import routes


@dataclass(frozen=True)
class PatientLine:
    """One patient in words. `detail` is what tells two of one name apart."""

    id: str = ""
    name: str = ""
    number: str = ""
    born: str = ""
    reference: str = ""
    detail: str = ""
    href: str = ""
    changed_at: str = ""

    @classmethod
    def of(cls, patient: PatientView) -> Self:
        """The patient in words."""
        reference = patient.reference or ""
        known = [f"born {patient.born}" if patient.born else "date of birth not known", reference]
        return cls(
            id=str(patient.id),
            name=patient.name,
            number=patient.number,
            born=patient.born,
            reference=reference,
            detail=" · ".join(filter(None, known)),
            href=routes.patient(patient.id),
            changed_at=patient.updated_at.isoformat(),
        )


@dataclass(frozen=True)
class ReadLine:
    """Who read a patient, in words."""

    who: str
    why: str
    at: str

    @classmethod
    def of(cls, read: PatientRead) -> Self:
        """The read in words."""
        why = {"opened": "looked at the patient", "order": "for an order"}[read.why.value]
        return cls(who=read.user_name, why=f"{read.role.label}, {why}", at=read.at.isoformat())


def entry_of(patient: PatientView | None) -> dict[str, str]:
    """What the fields of a form start with."""
    if patient is None:
        return dict.fromkeys(("given_name", "family_name", "date_of_birth", "reference"), "")
    born = patient.date_of_birth
    return {
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "date_of_birth": f"{born:%d/%m/%Y}" if born else "",
        "reference": patient.reference or "",
    }
