"""The patients room's pages: the list, a patient, and the picker that the order form draws."""

from ils_app.kernel.roles import Role
from ils_app.patients.pages import patient, patient_list
from ils_app.ui import routes
from ils_app.ui.navigation import Place

PLACES = (Place("Patients", "users", routes.PATIENTS, (Role.ECP,), order=30),)

__all__ = ["PLACES", "patient", "patient_list"]
