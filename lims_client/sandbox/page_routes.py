"""The sandbox's own page: its jobs, and buttons for the troubles an application has to live with."""

import hmac
from collections.abc import Callable
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from lims_client.sandbox.access import OneLab, asked_on_loopback, cookie_name, from_the_page, has_cookie, page_cookie
from lims_client.sandbox.control import ControlChange, OutageMode
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.page import SPEEDS, live_part, resource, sign_in_page, whole_page
from lims_client.sandbox.problems import Refusal, not_found

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
LONGEST_FORM_BYTES = 2000

routes = APIRouter(include_in_schema=False)


@routes.get("/")
async def page(request: Request, lab: OneLab, wrong: bool = False) -> Response:
    """The page. On loopback it opens by itself; elsewhere it asks for the key once."""
    if not has_cookie(request, lab) and not asked_on_loopback(request, lab):
        return HTMLResponse(sign_in_page(wrong), headers=HEADERS)
    return _with_cookie(HTMLResponse(whole_page(lab), headers=HEADERS), lab)


@routes.post("/sandbox/page/sign-in")
async def sign_in(request: Request, lab: OneLab) -> Response:
    """The key for a cookie."""
    key = (await _form(request)).get("key", "")
    if not hmac.compare_digest(key.encode(), lab.settings.api_key.encode()):
        return RedirectResponse("/?wrong=true", status_code=303)
    return _with_cookie(RedirectResponse("/", status_code=303), lab)


@routes.get("/sandbox/page/live")
async def live(request: Request, lab: OneLab) -> Response:
    """The part of the page that moves."""
    if not has_cookie(request, lab):
        raise Refusal(401, "unauthorized", "Open the sandbox's page again.")
    return HTMLResponse(live_part(lab), headers=HEADERS)


@routes.post("/sandbox/page/press", dependencies=[Depends(from_the_page)])
async def press(request: Request, lab: OneLab) -> Response:
    """A button of the page."""
    form = await _form(request)
    name, job = form.get("do", ""), form.get("job", "")
    if name == "move":
        if lab.production.moves.can_step(job):
            lab.production.moves.step(job)
    elif name in _BUTTONS:
        _BUTTONS[name](lab)
    else:
        raise not_found("such button")
    return RedirectResponse("/", status_code=303)


@routes.get("/sandbox/page.css")
async def stylesheet() -> Response:
    return Response(resource("page.css"), media_type="text/css")


@routes.get("/sandbox/page.js")
async def script() -> Response:
    return Response(resource("page.js"), media_type="text/javascript")


def _set(**changes: object) -> Callable[[Lab], object]:
    change = ControlChange.model_validate(changes)
    return lambda lab: lab.control.change(change)


def _toggle(name: str, on: object, off: object) -> Callable[[Lab], object]:
    def press_it(lab: Lab) -> None:
        is_on = bool(getattr(lab.control.now, name))
        lab.control.change(ControlChange.model_validate({name: off if is_on else on}))

    return press_it


_BUTTONS: dict[str, Callable[[Lab], object]] = {
    "pause": _set(paused=True),
    "go": _set(paused=False),
    **{f"speed-{speed}": _set(speed=speed, paused=False) for speed in SPEEDS},
    "down": _set(outage=60.0, outage_mode=OutageMode.UNAVAILABLE),
    "html": _set(outage=60.0, outage_mode=OutageMode.HTML),
    "slow": _toggle("latency_ms", 2000, 0),
    "errors": _toggle("error_rate", 0.2, 0),
    "doubled": _toggle("duplicate_rate", 1, 0),
    "reorder": _toggle("reorder", True, False),
    "well": _set(outage=False, latency_ms=0, error_rate=0, duplicate_rate=0, reorder=False),
    "move-all": lambda lab: lab.production.moves.step_all(),
    "hurry": lambda lab: lab.outbox.hurry(),
}


def _with_cookie(response: Response, lab: Lab) -> Response:
    response.set_cookie(cookie_name(lab), page_cookie(lab), httponly=True, samesite="strict", path="/")
    return response


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > LONGEST_FORM_BYTES:
        raise Refusal(413, "too_long", "That is more than a button sends.")
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
