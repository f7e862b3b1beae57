"""What a VCA/OMA file says of its lenses, ready to be drawn."""

from __future__ import annotations

from ils_app.optics.drawing import LensPicture, Point, Segment, shape
from ils_app.optics.findings import Eye
from ils_app.optics.geometry import Outline, inset_mm, minimum_blank_mm, rise_mm
from ils_app.optics.vca.fields import number
from ils_app.optics.vca.file import VcaFile

_FITTING_ABOVE_NEAR_MM = 4.0  # a corridor ends at least this far above the lower rim
_NEAR_INSET_MM = 2.0
_NEAR_ZONE_MM = 8.0
_FLAT_TOP_MM = 28.0


def pictures(file: VcaFile) -> list[LensPicture]:
    """Each lens whose shape is known: from its trace, or from the box the file declares."""
    found = []
    for eye in (Eye.RIGHT, Eye.LEFT):
        outline = _outline(file, eye)
        if outline is not None:
            found.append(_picture(file, eye, outline))
    return found


def _outline(file: VcaFile, eye: Eye) -> Outline | None:
    trace, frame = file.traces.get(eye), file.frame(eye)
    if trace is not None and trace.outline is not None:
        return trace.outline
    a_mm, b_mm = frame.hbox_mm, frame.vbox_mm
    if a_mm is None or b_mm is None or not (5 < a_mm <= 100 and 5 < b_mm <= 100):
        return None
    return shape(a_mm, b_mm, ed_mm=frame.ed_mm)


def _picture(file: VcaFile, eye: Eye, outline: Outline) -> LensPicture:
    cross = _cross(file, eye, outline)
    layout, rx = file.layout(eye), file.prescription(eye)
    centre = cross
    if layout.oc_inset_mm is not None and layout.oc_rise_mm is not None:
        centre = Point(layout.oc_inset_mm, layout.oc_rise_mm)
    blank = None
    if centre is not None:
        blank = minimum_blank_mm(outline, eye, centre.inset_mm, centre.rise_mm)
    return LensPicture(
        eye, outline, cross=cross, optical_centre=centre, blank_mm=blank, segment=_segment(file, eye, cross),
        prism_base_deg=rx.prism_base_deg if rx.prism_dpt else None,
        slots=[(one.x_mm, one.y_mm, one.end_x_mm, one.end_y_mm, one.diameter_mm)
               for one in file.holes.get(eye, ()) if one.from_centre],
    )  # fmt: skip


def _cross(file: VcaFile, eye: Eye, outline: Outline) -> Point | None:
    """The fitting point: as the file lays it out, else from the PD and the height."""
    layout, rx, dbl_mm = file.layout(eye), file.prescription(eye), file.job.dbl_mm
    if layout.fitting_inset_mm is not None and layout.fitting_rise_mm is not None:
        return Point(layout.fitting_inset_mm, layout.fitting_rise_mm)
    height_mm = rx.segment_height_mm if rx.segment_height_mm is not None else rx.oc_height_mm
    if rx.pd_mm is None or dbl_mm is None:
        return None
    box = outline.box
    return Point(inset_mm(box.a_mm, dbl_mm, rx.pd_mm), 0.0 if height_mm is None else rise_mm(box.b_mm, height_mm))


def _segment(file: VcaFile, eye: Eye, cross: Point | None) -> Segment | None:
    """A flat top's or round segment at the height, a progressive's near zone at the end of its corridor."""
    kinds = (file.lens(eye).lens_type or file.lens(eye).short_type or "").upper().split()
    rx = file.prescription(eye)
    if cross is None or not kinds:
        return None
    inset = cross.inset_mm + (_NEAR_INSET_MM if rx.pd_mm is None or rx.near_pd_mm is None else rx.pd_mm - rx.near_pd_mm)
    width = file.records.value("SWIDTH", eye, _float) or _FLAT_TOP_MM
    if kinds[0] in ("FT", "BI", "RD", "CT"):
        return Segment("flat" if kinds[0] in ("FT", "BI") else "round", Point(inset, cross.rise_mm), width)
    if kinds[0] == "PR":
        height = rx.segment_height_mm or rx.oc_height_mm
        corridor = rx.corridor_mm or (None if height is None else height - _FITTING_ABOVE_NEAR_MM)
        return None if corridor is None else Segment("zone", Point(inset, cross.rise_mm - corridor), _NEAR_ZONE_MM)
    return None


def _float(text: str) -> float | None:
    value = number(text)
    return float(value) if value is not None and 0 < value < 80 else None
