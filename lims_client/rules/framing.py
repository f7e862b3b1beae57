"""FRAME_: the frame's boxing measurements and where the frame is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lims_client.models import Finding, FrameStatus
from lims_client.rules.findings import HOLD, INFO, REJECT, WARN, finding, listing, plain, side
from lims_client.rules.order import Order, within_reason

_TRACE_APART_WARN_MM, _TRACE_APART_HOLD_MM = 0.3, 1.0
"""How far the order's box may be from the trace's: the limits of a trace beside its own file's box."""


def check_frame(order: Order) -> Iterator[Finding]:
    """What the FRAME_ rules say."""
    frame = order.frame
    if frame is None:
        yield finding(
            "FRAME_MISSING",
            WARN,
            "No frame was given: the lenses are sent uncut.",
            field="frame",
            fix="Enter the frame, or choose uncut.",
        )
        return
    if order.style is None or not order.style.available:
        yield finding(
            "COMBO_UNKNOWN",
            REJECT,
            f"The lab does not glaze {(frame.type or 'this').replace('_', ' ')} frames at present.",
            field="frame.type",
            fix="Choose another frame type, or order the lenses uncut.",
        )
    yield from _box(order)
    yield from _against_trace(order)
    yield from _effective_diameter(order)
    if frame.status is FrameStatus.TO_COME:
        days = order.rules.service.frame_transit_days
        yield finding(
            "FRAME_TO_COME",
            INFO,
            f"The lab's clock starts when the frame arrives; the date allows {days} working days for it.",
            field="frame.status",
        )


def _box(order: Order) -> Iterator[Finding]:
    frame, limits = order.frame, order.rules.frame
    if frame is None:
        return
    measures = (
        ("a", "A", frame.a, limits.a_mm),
        ("b", "B", frame.b, limits.b_mm),
        ("dbl", "DBL", frame.dbl, limits.dbl_mm),
    )
    for field, name, value, span in measures:
        if value is not None and not span.holds(value):
            yield finding(
                "FRAME_BOX",
                REJECT,
                f"Frame {name} {plain(within_reason(value))} mm is outside {plain(span.min)} to {plain(span.max)} mm.",
                field=f"frame.{field}",
                fix="Measure the frame again in the boxing system.",
            )
    missing = [(field, name) for field, name, value, _ in measures if value is None]
    if missing and order.configuration.trace is None and not order.uncut:
        yield finding(
            "FRAME_BOX",
            WARN,
            f"Frame {listing((name for _, name in missing), 'and')} missing: the lab measures the frame, "
            "and what depends on it could not be checked.",
            field=f"frame.{missing[0][0]}",
            fix="Enter A, B and DBL, or attach a trace.",
        )


def _against_trace(order: Order) -> Iterator[Finding]:
    """The box the order gives beside that of each eye's trace."""
    frame, shape = order.frame, order.shape
    if frame is None or shape is None:
        return
    for lens in order.lenses:
        traced = shape.box_mm(lens.eye)
        if traced is None:
            continue
        for field, given, traced_mm in (("a", frame.a, traced[0]), ("b", frame.b, traced[1])):
            given_mm = traced_mm if given is None else float(within_reason(given))
            if (apart_mm := abs(traced_mm - given_mm)) > _TRACE_APART_WARN_MM:
                yield finding(
                    "TRC_BOX",
                    HOLD if apart_mm > _TRACE_APART_HOLD_MM else WARN,
                    f"{side(lens.eye)} trace has {field.upper()} {traced_mm:.1f} mm, the order says {given_mm:.1f} mm.",
                    field=f"frame.{field}",
                    eye=lens.eye,
                    fix="Check that trace and frame belong together, and correct the measure.",
                )


def _effective_diameter(order: Order) -> Iterator[Finding]:
    frame = order.frame
    if frame is None or frame.ed is None or frame.a is None or frame.b is None:
        return
    a, b, ed = (within_reason(value) for value in (frame.a, frame.b, frame.ed))
    least, most = max(a, b), (a * a + b * b).sqrt()
    if not least <= ed <= most + Decimal("0.05"):
        yield finding(
            "FRAME_ED",
            WARN,
            f"Frame ED {plain(ed)} mm cannot belong to a box of {plain(a)} x {plain(b)} mm "
            f"({plain(least)} to {plain(most)} mm).",
            field="frame.ed",
            fix="Measure the ED again, or leave it out.",
        )
