"""The HTTP doors the load knocks at in one process, without pages: what a program and the world outside meet of ILS."""

import contextlib
import functools
from collections.abc import AsyncIterator

from ils_app.billing import api as billing_api
from ils_app.billing import stripe_api
from ils_app.catalog import api as catalog_api
from ils_app.engineering import api as engineering_api
from ils_app.kernel import health, lims, live
from ils_app.kernel.asgi import service_app
from ils_app.lab import api as lab_api
from ils_app.orders import api as orders_api
from ils_app.settings.following import followed

ROOMS = (catalog_api, orders_api, lab_api, billing_api, stripe_api, engineering_api)


@contextlib.asynccontextmanager
async def held() -> AsyncIterator[None]:
    """What the whole app holds open too: the lab's settings, the way to other processes, our name at the LIMS."""
    async with followed(), live.relay(), lims.watched(functools.partial(live.publish, "lims")):
        yield


app = service_app("soak", health.router, *(room.router for room in ROOMS), holding=held)
