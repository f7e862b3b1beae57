"""Patients and prescriptions as a pen would write them: invented, plausible, the same at every seeding."""

import random
from datetime import date, timedelta

from ils_app.kernel.clock import today_in_lab
from ils_app.orders.service import OrderDraft
from ils_app.patients.schemas import PatientDraft
from lims_client.models import JobStatus

GIVEN = (
    "Margaret", "Tomasz", "Eleanor", "Yusuf", "Grace", "Hamish", "Ines", "Rahul", "Siân", "Peter", "Zofia", "Daniel",
    "Amara", "Lucy", "Oskar", "Beatrice", "Chidi", "Hannah", "Giulia", "Noor", "Walter", "Maeve", "Jun", "Petra",
)  # fmt: skip
FAMILY = (
    "Jones", "Kowalski", "Marsh", "Adeyemi", "Penrose", "MacLeod", "Ferreira", "Patel", "Trevithick", "Brandt",
    "Okafor", "Hughes",
    "Larsen", "O'Brien", "Sato", "Whitcombe", "Nowak", "Ellery", "Rossi", "Haddad", "Lindqvist", "Carne",
)  # fmt: skip
SHAPES = ((52, 36, 18, 55), (50, 40, 19, 54), (54, 38, 17, 58), (48, 34, 20, 51), (53, 32, 18, 56))
LATE_DAYS = 9


class Writer:
    """Writes the demo's patients and orders from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def patient(self) -> PatientDraft:
        """Somebody between eight and ninety."""
        born = today_in_lab() - timedelta(days=self.chance.randint(8 * 365, 90 * 365))
        return PatientDraft(
            given_name=self.chance.choice(GIVEN),
            family_name=self.chance.choice(FAMILY),
            date_of_birth=date(born.year, born.month, born.day),
            reference=None,
        )

    def days_ago(self, status: JobStatus) -> float:
        """When an order in this state was placed; a few are later than was promised."""
        spans = {
            JobStatus.QUEUED: (0.02, 0.8), JobStatus.IN_PRODUCTION: (0.6, 3.5), JobStatus.QUALITY_CHECK: (1.5, 4.0),
            JobStatus.READY_FOR_SHIPPING: (2.0, 4.5), JobStatus.SHIPPED: (3.0, 6.0), JobStatus.COMPLETED: (7.0, 60.0),
            JobStatus.ON_HOLD: (1.0, 5.0), JobStatus.CANCELLED: (2.0, 30.0),
        }  # fmt: skip
        late = status in {JobStatus.IN_PRODUCTION, JobStatus.QUALITY_CHECK} and self.chance.random() < 0.08
        return float(LATE_DAYS) if late else self.chance.uniform(*spans[status])

    def draft(self) -> OrderDraft:
        """One pair of lenses; two in five are progressives."""
        progressive = self.chance.random() < 0.4
        a, b, dbl, ed = self.chance.choice(SHAPES)
        sphere = self.chance.choice((-1, 1)) * self.chance.randint(1, 18) * 0.25
        written = {"frame_a": f"{a}", "frame_b": f"{b}", "frame_dbl": f"{dbl}", "frame_ed": f"{ed}"}
        for eye in ("od", "os"):
            written |= self._eye(eye, sphere + self.chance.randint(-2, 2) * 0.25)
            if progressive:
                written |= {f"{eye}_add": "+2.00", f"{eye}_height": f"{b - 16}"}
        material = self.chance.choice(("150", "160", "167") if abs(sphere) > 2 else ("150", "156", "160"))
        design = self.chance.choice(("pal-plus", "pal-core-11")) if progressive else "sv-sph"
        if design == "sv-sph" and material == "167":
            design = "sv-asph"
        coatings = ("hc", self.chance.choice(("ar-std", "ar-prem", "ar-blue")))
        return OrderDraft(
            written=written,
            lens_type="progressive" if progressive else "single_vision",
            design=design,
            material=material,
            colour=self.chance.choice(("clear",) * 8 + ("ph-grey",)),
            coatings=coatings if material != "150" or self.chance.random() < 0.7 else ("hc",),
            frame_type=self.chance.choice(("full_rim",) * 5 + ("semi_rimless",)),
            frame_status=self.chance.choice(("supplied",) * 6 + ("to_come", "lab_supplies")),
            urgency=self.chance.choice(("standard",) * 9 + ("rush",)),
            reference=f"Ref {self.chance.randint(1000, 9999)}",
        )

    def _eye(self, eye: str, sphere: float) -> dict[str, str]:
        figures = {f"{eye}_sphere": f"{sphere:+.2f}", f"{eye}_pd": f"{self.chance.randint(59, 67) / 2:.1f}"}
        if self.chance.random() < 0.6:
            figures[f"{eye}_cylinder"] = f"-{self.chance.randint(1, 6) * 0.25:.2f}"
            figures[f"{eye}_axis"] = str(self.chance.randint(1, 36) * 5)
        return figures
