"""How long the lab takes: working days from the route, the treatments, the mount and the urgency."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta

from lims_client.models import Eye, FrameStatus
from lims_client.rules.limits import RouteName, Service, Stop, When
from lims_client.rules.order import Order
from lims_client.rules.products import Group, Mounting

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def service_days(order: Order, by_eye: Mapping[Eye, RouteName]) -> int:
    """Working days at the lab for the slower lens; a frame still to come is not in it."""
    service = order.rules.service
    days = max((service.route_days[route] for route in by_eye.values()), default=0)
    days += sum(service.group_days.get(group, 0) for group in order.groups)
    if order.mounting is not None:
        days += service.mounting_days.get(order.mounting, 0)
    return math.ceil(days * service.urgency_factor[order.configuration.urgency])


def promised_date(order: Order, days: int, today: date) -> date:
    """The day the lab sends it: `days` working days after today, and after the frame has come if it is to come."""
    service = order.rules.service
    if order.frame is not None and order.frame.status is FrameStatus.TO_COME:
        days += service.frame_transit_days
    return after_working_days(service, today, days)


def after_working_days(service: Service, today: date, days: int) -> date:
    """The `days`-th working day after `today`; zero days is today, or the next working day when today is none.

    A calendar without one working day in a year ends after it.
    """
    day, left = today, days
    for _ in range(366 + 7 * days):
        works = _WEEK[day.weekday()] in service.working_days and day not in service.holidays
        if works and left <= 0:
            break
        day += timedelta(days=1)
        if _WEEK[day.weekday()] in service.working_days and day not in service.holidays:
            left -= 1
    return day


def stations(order: Order, route: RouteName) -> tuple[str, ...]:
    """The stations a lens passes on its route, in order."""
    return tuple(stop.station for stop in order.rules.routing.stops(route) if _is_on_the_way(order, stop))


def _is_on_the_way(order: Order, stop: Stop) -> bool:
    groups = order.groups
    cut = not order.uncut
    return {
        When.ALWAYS: True,
        When.TRACE: cut and order.configuration.trace is None,
        When.CUT: cut,
        When.DRILL: order.mounting is Mounting.DRILL,
        When.ENGRAVE: order.design is not None and (order.design.takes_add or order.design.freeform),
        When.HARD: Group.HARD in groups,
        When.TINT: bool({Group.TINT, Group.UV} & groups),
        When.AR: bool({Group.AR, Group.MIRROR} & groups),
        When.COATED: bool({Group.HARD, Group.TINT, Group.UV, Group.AR, Group.MIRROR} & groups),
    }[stop.when]
