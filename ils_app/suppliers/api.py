"""The HTTP door of the suppliers room, and the room run alone."""

from fastapi import APIRouter

from ils_app.kernel.asgi import service_app
from ils_app.settings.following import followed
from ils_app.suppliers import api_documents, api_orders, api_suppliers

router = APIRouter()
router.include_router(api_suppliers.router)
router.include_router(api_orders.router)
router.include_router(api_documents.router)

app = service_app("suppliers", router, holding=followed)
