"""What a VCA/OMA file says of its lenses, ready to be drawn."""

from __future__ import annotations

from ils_app.optics.drawing import LensPicture, Point, Segment
from ils_app.optics.findings import Eye
from ils_app.optics.geometry import Outline, centred, shape_of_box
from ils_app.optics.vca.fields import number
from ils_app.optics.vca.file import VcaFile
from lims_client.optics.layout import Style, ed_without_trace_mm, inset_mm, minimum_blank_mm, rise_mm

_FITTING_ABOVE_NEAR_MM = 4.0  # a corridor ends at least this far above the lower rim
_NEAR_INSET_MM = 2.0
_NEAR_ZONE_MM = 8.0
_FLAT_TOP_MM = 28.0
_FLAT, _ROUND = ("FT", "BI"), ("RD", "CT")
_SEGMENTED = (*_FLAT, *_ROUND, "DS", "EX", "TR", "QD")  # lenses whose height is their segment's


def pictures(file: VcaFile) -> list[LensPicture]:
    """Each lens whose shape is known: from its trace, or from the box the file declares."""
    found = []
    for eye in (Eye.RIGHT, Eye.LEFT):
        trace = file.traces.get(eye)
        if trace is not None and trace.outline is not None:
            found.append(_picture(file, eye, trace.outline, estimated=False))
        elif (stand_in := _stand_in(file, eye)) is not None:
            found.append(_picture(file, eye, stand_in, estimated=True))
    return found


def _stand_in(file: VcaFile, eye: Eye) -> Outline | None:
    frame = file.frame(eye)
    a_mm, b_mm = frame.hbox_mm, frame.vbox_mm
    if a_mm is None or b_mm is None or not (5 < a_mm <= 100 and 5 < b_mm <= 100):
        return None
    declared_mm = frame.ed_mm
    return shape_of_box(a_mm, b_mm, ed_without_trace_mm(a_mm, b_mm, Style.OVAL) if declared_mm is None else declared_mm)


def _picture(file: VcaFile, eye: Eye, outline: Outline, *, estimated: bool) -> LensPicture:
    cross, rx = _cross(file, eye, outline), file.prescription(eye)
    centre = _optical_centre(file, eye, outline, cross)
    blank = None
    if centre is not None:
        blank = minimum_blank_mm(centred(outline).points_mm.tolist(), centre.on_page(eye))
    return LensPicture(
        eye, outline, cross=cross, optical_centre=centre, blank_mm=blank, segment=_segment(file, eye, cross),
        prism_base_deg=rx.prism_base_deg if rx.prism_dpt else None,
        slots=[(one.x_mm, one.y_mm, one.end_x_mm, one.end_y_mm, one.diameter_mm)
               for one in file.holes.get(eye, ()) if one.from_centre],
        estimated=estimated,
    )  # fmt: skip


def _cross(file: VcaFile, eye: Eye, outline: Outline) -> Point | None:
    """The fitting point, a segment's top: as the file lays it out, else from the PD and the height."""
    layout, rx = file.layout(eye), file.prescription(eye)
    if layout.fitting_inset_mm is not None and layout.fitting_rise_mm is not None:
        return Point(layout.fitting_inset_mm, layout.fitting_rise_mm)
    inset = _inset(file, eye, outline)
    height_mm = rx.segment_height_mm
    if height_mm is None and not _segmented(file, eye):
        height_mm = rx.oc_height_mm
    if inset is None:
        return None
    return Point(inset, 0.0 if height_mm is None else rise_mm(height_mm, outline.box.b_mm))


def _optical_centre(file: VcaFile, eye: Eye, outline: Outline, cross: Point | None) -> Point | None:
    """As the file lays it out, else at its own height; without one at the fitting point, but of a segment's lens at
    half the box's height, where the rules judge its blank too."""
    layout, rx = file.layout(eye), file.prescription(eye)
    if layout.oc_inset_mm is not None and layout.oc_rise_mm is not None:
        return Point(layout.oc_inset_mm, layout.oc_rise_mm)
    inset = _inset(file, eye, outline)
    if inset is None:
        if cross is None:
            return None
        inset = cross.inset_mm
    if rx.oc_height_mm is not None:
        return Point(inset, rise_mm(rx.oc_height_mm, outline.box.b_mm))
    return Point(inset, 0.0) if _segmented(file, eye) else cross


def _inset(file: VcaFile, eye: Eye, outline: Outline) -> float | None:
    pd_mm, dbl_mm = file.prescription(eye).pd_mm, file.job.dbl_mm
    return None if pd_mm is None or dbl_mm is None else inset_mm(outline.box.a_mm, dbl_mm, pd_mm)


def _kind(file: VcaFile, eye: Eye) -> str:
    """The first code of the lens type; empty when none is given."""
    lens = file.lens(eye)
    return next(iter((lens.lens_type or lens.short_type or "").upper().split()), "")


def _segmented(file: VcaFile, eye: Eye) -> bool:
    return _kind(file, eye) in _SEGMENTED


def _segment(file: VcaFile, eye: Eye, cross: Point | None) -> Segment | None:
    """A flat top's or round segment at its height, a progressive's near zone at the end of its corridor."""
    kind, rx = _kind(file, eye), file.prescription(eye)
    if cross is None:
        return None
    inset = cross.inset_mm + (_NEAR_INSET_MM if rx.pd_mm is None or rx.near_pd_mm is None else rx.pd_mm - rx.near_pd_mm)
    width = file.records.value("SWIDTH", eye, _float) or _FLAT_TOP_MM
    if kind in (*_FLAT, *_ROUND):
        known = rx.segment_height_mm is not None or file.layout(eye).fitting_rise_mm is not None
        return Segment("flat" if kind in _FLAT else "round", Point(inset, cross.rise_mm), width) if known else None
    if kind == "PR":
        height = rx.segment_height_mm or rx.oc_height_mm
        corridor = rx.corridor_mm or (None if height is None else height - _FITTING_ABOVE_NEAR_MM)
        return None if corridor is None else Segment("zone", Point(inset, cross.rise_mm - corridor), _NEAR_ZONE_MM)
    return None


def _float(text: str) -> float | None:
    value = number(text)
    return float(value) if value is not None and 0 < value < 80 else None
