"""HTTP of this room: the forms a browser posts natively, tokens for programs, and what administrators keep."""

from fastapi import APIRouter

from ils_app.auth import api_joining, api_people, api_sign_in
from ils_app.kernel.asgi import service_app

router = APIRouter(routes=[*api_sign_in.router.routes, *api_joining.router.routes, *api_people.router.routes])

app = service_app("auth", router)
