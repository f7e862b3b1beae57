"""The demo: two practices, a lab, suppliers, an engineer and an admin, and some two hundred orders under way.

Everything goes through the rooms' own doors, so the demo is made the way people make it. Doing it again adds nothing.
"""

from ils_app.demo import accounts, invoices, notifications, orders, people, practices, settings, suppliers
from ils_app.kernel import config, jobs, log
from ils_app.kernel.lims import opened

logger = log.get_logger(__name__)


async def seed() -> None:
    """Add what is missing of the demo."""
    log.configure()
    password = config.current().demo_password
    if password is None:
        return
    with jobs.as_history():
        await _seed(password.get_secret_value())


async def _seed(password: str) -> None:
    cast = await people.seed(password)
    await settings.seed()
    await accounts.seed(password, cast.admin)
    await notifications.seed()
    bought = await suppliers.seed(cast)
    await practices.seed(cast)
    async with opened():
        count = await orders.seed(cast)
    issued = await invoices.seed(cast)
    logger.info("demo_seeded", orders=count, invoices=issued, purchase_orders=bought)
