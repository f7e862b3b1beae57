"""A worker process: works the durable jobs of every room until it is told to stop."""

import asyncio
import signal

from ils_app import rooms
from ils_app.kernel import asgi, config, jobs, log, metrics
from ils_app.settings.following import followed


def run() -> None:
    """Work until SIGINT or SIGTERM; what is under way is finished first, up to ten seconds."""
    log.configure()
    rooms.import_handlers()
    asyncio.run(_work())


async def _work() -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with asgi.process(), followed(), jobs.running():
        with metrics.served(config.current().worker_metrics_port):
            await told.wait()
