"""The HTTP door of the suppliers room, and the room run alone."""

from fastapi import APIRouter

from ils_app.kernel.asgi import service_app
from ils_app.suppliers import api_suppliers

router = APIRouter()
router.include_router(api_suppliers.router)

app = service_app("suppliers", router)
