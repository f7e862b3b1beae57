"""What this room does by the clock: open pages hear that the lab opened or closed."""

from datetime import timedelta

from ils_app.kernel import clock, jobs, live
from ils_app.settings import calendar, reading
from ils_app.settings.room import LAB


@jobs.periodic("* * * * *", "settings.mind_the_hours")
async def mind_the_hours() -> None:
    """Tell open pages when the lab opened or closed within the last minute; a repeat tells them once more."""
    lab = await reading.lab()
    moment = clock.now()
    if calendar.is_open(lab, moment) != calendar.is_open(lab, moment - timedelta(minutes=1)):
        await live.publish(LAB)
