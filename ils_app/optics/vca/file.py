"""A VCA/OMA file, read: its records as they came, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from ils_app.optics.findings import Eye, Finding, Severity, gravest
from ils_app.optics.vca import checks, packets
from ils_app.optics.vca.datasets import gather
from ils_app.optics.vca.drills import Hole, holes
from ils_app.optics.vca.fields import Frame, Given, Job, Layout, Lens, Prescription, Records, Targets, View
from ils_app.optics.vca.records import Document, Record, split
from ils_app.optics.vca.traces import Trace, shapes

MOST_BYTES = 1_000_000
MOST_LINES = 40_000
_NO_TRACE_FILE = "This is no VCA/OMA file"
_EXPORT = "Export the frame's trace or the order as VCA (OMA) and attach that file."


@dataclass(frozen=True, eq=False)
class VcaFile:
    """What a file holds: `document` writes it back, the rest is read from it.

    `traces` and `rings` (of edge thickness) by eye; `holes` by eye; `findings` in the order of the checks.
    """

    document: Document
    records: Records
    traces: dict[Eye, Trace]
    rings: dict[Eye, Trace]
    holes: dict[Eye, list[Hole]]
    findings: list[Finding]

    @property
    def status(self) -> str:
        """`refused` when a finding is an error, `opaque` when a trace is a maker's secret, else `ok`."""
        if gravest(self.findings) is Severity.ERROR:
            return "refused"
        return "opaque" if any(one.opaque for one in self.traces.values()) else "ok"

    @property
    def job(self) -> Job:
        """What belongs to no eye: job number, DBL, frame and edge types …"""
        return Job(self.records)

    def prescription(self, eye: Eye) -> Prescription:
        """What is prescribed for one eye."""
        return Prescription(self.records, eye)

    def lens(self, eye: Eye) -> Lens:
        """The lens of one eye."""
        return Lens(self.records, eye)

    def layout(self, eye: Eye) -> Layout:
        """Where the fitting point and the optical centre stand."""
        return Layout(self.records, eye)

    def targets(self, eye: Eye) -> Targets:
        """What a compensated lens is inspected against."""
        return Targets(self.records, eye)

    def frame(self, eye: Eye) -> Frame:
        """The frame as the file declares it for one eye."""
        return Frame(self.records, eye)


def read(data: bytes) -> VcaFile:
    """Read a file or a captured packet. Whatever the bytes are, this returns: what is wrong is in the findings."""
    refused = _refusal(data)
    if refused is not None:
        kept = Document([Record("", data, b"", b"")])  # whoever writes it gets back what came
        return VcaFile(kept, Records(kept), {}, {}, {}, [refused])
    document = split(data, limit=MOST_LINES)
    records = Records(document)
    if len(document.records) > MOST_LINES:
        said = f"The file has more than {MOST_LINES:,} lines."
        return VcaFile(document, records, {}, {}, {}, [_error("VCA_LINES", said)])
    if not any(one.label for one in document.records):
        said = f"{_NO_TRACE_FILE}: not one line has the form LABEL=value."
        return VcaFile(document, records, {}, {}, {}, [_error("VCA_NOT_VCA", said)])
    job = Job(records)
    asking = "INI" in (job.request, job.answer) or any(document.all("ENDDEF"))
    found = shapes(gather(document), job.vendor or "", asking=asking)
    drilled, drill_notes = holes(document)
    findings = [*_of_the_text(document, records), *found.findings]
    findings += checks.trace_findings(found.traces, records)
    findings += [*drill_notes, *checks.drill_findings(drilled, found.traces), *checks.bridge_findings(job)]
    return VcaFile(document, records, found.traces, found.rings, drilled, findings)


def _refusal(data: bytes) -> Finding | None:
    start = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if len(data) > MOST_BYTES:
        return _error("VCA_SIZE", f"The file has {len(data):,} bytes; a trace file has at most {MOST_BYTES:,}.")
    if not data.strip(b"\xef\xbb\xbf\x1a\x00 \t\r\n"):
        return _error("VCA_EMPTY", "The file is empty.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _error("VCA_ENCODING", "The file is UTF-16 text, which no lab machine reads.", "Save it as plain text.")
    if start.startswith((b"<", b"{", b"[")):
        kind = "a web page or XML" if start.startswith(b"<") else "JSON"
        return _error("VCA_NOT_VCA", f"{_NO_TRACE_FILE} but {kind}, whatever its name says.")
    if start.startswith((b"pk\x03\x04", b"%pdf", b"\x89png", b"\xff\xd8\xff", b"mz", b"\x1f\x8b", b"\x7felf")):
        return _error("VCA_NOT_VCA", f"{_NO_TRACE_FILE} but an archive, a document, an image or a program.")
    if b"=" not in data:
        return _error("VCA_NOT_VCA", f"{_NO_TRACE_FILE}: it holds no records.")
    if b"TRCFMT" not in data.upper() and sum(one < 6 or one == 0xFF for one in data[:4000]) > len(data[:4000]) // 20:
        return _error("VCA_NOT_VCA", f"{_NO_TRACE_FILE}: it is a machine's own binary file.")
    return None


def _of_the_text(document: Document, records: Records) -> list[Finding]:
    found = []
    for said, right in packets.wrong_checksums(document.records):
        text = f"The packet says checksum {said[:12]} and its bytes have {right}: something was lost on the line."
        found.append(Finding("VCA_CRC", Severity.ERROR, text, None, "CRC", "Send it again."))
    written = {packets.trailer_label(one.head) if one.framing else one.head[:64] for one in document.records}
    lower = sorted({label for one in written if one != one.upper() if (label := _bare_label(one))})
    if lower:
        text = f"Labels in small letters are read like capitals: {', '.join(lower[:8])}."
        found.append(Finding("VCA_CASE", Severity.INFO, text, None, lower[0]))
    views: list[View] = [Job(records)]
    views += [kind(records, eye) for eye in (Eye.RIGHT, Eye.LEFT) for kind in (Prescription, Frame)]
    for view in views:
        for one in view.names().values():
            if one.given(view) is Given.MALFORMED:
                said = view.records.field(one.label, view.eye) or ""
                text = f"{one.label}={said[:20]} is not understood; it is kept."
                found.append(Finding("VCA_VALUE", Severity.WARN, text, view.eye, one.label))
    return found


def _bare_label(head: bytes) -> str:
    return head.rstrip(b"= \t").strip().decode("ascii", "replace").upper()


def _error(code: str, said: str, fix: str = _EXPORT) -> Finding:
    return Finding(code, Severity.ERROR, said, None, "", fix)
