"""What there is before the first order: a lab with its tax, a practice with an account, a patient, and three people.

Run as a program on the database the environment names; prints who is there as JSON.
"""

import asyncio
import json

from ils_app.catalog import service as catalog
from ils_app.kernel import database
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.lims import opened
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from tests.support import invoices


async def _open() -> dict[str, str]:
    async with opened():
        await catalog.refresh()
    house = await invoices.a_house()
    await invoices.a_rate(house)
    entered = {"given_name": "Margaret", "family_name": "Jones", "date_of_birth": "14/03/1961"}
    patient = await patients.add(house.ecp, PatientDraft.read(entered))
    engineer: Actor = await invoices.a_person(house.lab, Role.ENGINEER, "Edda Stone")
    await database.close()
    return {
        "ecp": str(house.ecp.user_id),
        "technician": str(house.technician.user_id),
        "engineer": str(engineer.user_id),
        "practice": str(house.ecp.organisation_id),
        "patient": str(patient.id),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_open())))
