"""What the rule engine is told of a traced frame: the file read by `vca`, in the contract's words."""

from __future__ import annotations

from ils_app.optics import findings, vca
from ils_app.optics.geometry import Outline, centred
from ils_app.optics.vca.named import bytes_of
from lims_client.models import Eye, Finding, Severity
from lims_client.optics.layout import Point
from lims_client.rules import TracedFrame

_EYES = {findings.Eye.RIGHT: Eye.RIGHT, findings.Eye.LEFT: Eye.LEFT, findings.Eye.BOTH: Eye.BOTH}


def points_of(outline: Outline) -> tuple[Point, ...]:
    """An outline about its box centre, in millimetres."""
    return tuple((float(x), float(y)) for x, y in centred(outline).points_mm)


def traced_frame(file: vca.VcaFile) -> TracedFrame:
    """A file's shapes and findings as the engine takes them; an eye with a finding that stops the file has no shape."""
    refused = file.status == "refused"
    outlines = {} if refused else {
        _EYES[eye]: points_of(trace.outline) for eye, trace in file.traces.items() if trace.outline is not None
    }  # fmt: skip
    curves = [file.frame(eye).curve_dpt for eye in (findings.Eye.RIGHT, findings.Eye.LEFT)]
    known = [float(curve) for curve in curves if curve]
    return TracedFrame(
        outlines=outlines,
        dbl_mm=file.job.dbl_mm,
        curve_dpt=max(known, default=None),
        findings=tuple(in_the_contracts_words(one) for one in file.findings),
    )


def read_trace(text: str) -> TracedFrame:
    """The reader the engine is given: the text of a contract's trace, one character a byte as far as they go."""
    return traced_frame(vca.read(bytes_of(text)))


def in_the_contracts_words(one: findings.Finding) -> Finding:
    """A file that cannot be used rejects the order; everything else is as grave as it was."""
    severity = Severity.REJECT if one.severity is findings.Severity.ERROR else Severity(one.severity.value)
    return Finding(
        code=one.code,
        severity=severity,
        eye=None if one.eye is None else _EYES[one.eye],
        field="trace",
        message=one.message,
        fix=one.fix or (None if severity is Severity.INFO else "Look at the drawing, or attach another trace."),
    )
