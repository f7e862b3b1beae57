"""What was typed into a purchase order, as what can be sent: lines, sums, and every problem at its field. Pure."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ils_app.suppliers.entering import Reader
from ils_app.suppliers.order_schemas import LineDraft, PurchaseOrderDraft
from ils_app.suppliers.totals import Priced, Totals, line_net_minor, totals
from ils_app.suppliers.words import TaxTreatment


@dataclass(frozen=True)
class ReadLine(Priced):
    """A line that can be sent."""

    key: str
    description: str
    part_number: str
    unit: str

    @property
    def net_minor(self) -> int:
        """What it comes to before tax."""
        return line_net_minor(self.quantity, self.unit_price_minor)


@dataclass(frozen=True)
class Read:
    """A draft as it could be read. `problems` are by field; a line with one is not among `lines`."""

    reference: str
    notes: str
    expected_on: date | None
    lines: tuple[ReadLine, ...]
    problems: dict[str, str] = field(default_factory=dict)

    def sums(self, treatment: TaxTreatment) -> Totals:
        """What the lines that can be read come to."""
        return totals(self.lines, treatment)


def read_order(draft: PurchaseOrderDraft, treatment: TaxTreatment) -> Read:
    """Read a draft. An empty line is no line; a rate that was not written is none."""
    read = Reader()
    reference = read.line("reference", draft.reference, longest=80)
    notes = read.text("notes", draft.notes)
    expected_on = read.day("expected_on", draft.expected_on)
    lines = [read_line(read, line, treatment) for line in draft.lines if not line.empty]
    good = tuple(line for line in lines if line is not None)
    return Read(reference, notes, expected_on, good, read.problems)


def read_line(read: Reader, line: LineDraft, treatment: TaxTreatment) -> ReadLine | None:
    """One line, None when something about it cannot be read; `read` has the sentences."""
    before = len(read.problems)
    name = line.key
    rate = Decimal(0)
    if treatment is TaxTreatment.DOMESTIC and line.tax_rate.strip():
        rate = read.percent(f"{name}_tax_rate", line.tax_rate)
    found = ReadLine(
        key=name,
        description=read.line(f"{name}_description", line.description, needed="What is ordered?", longest=300),
        part_number=read.line(f"{name}_part_number", line.part_number, longest=60),
        quantity=read.quantity(f"{name}_quantity", line.quantity),
        unit=read.line(f"{name}_unit", line.unit, needed="In what unit?", longest=20),
        unit_price_minor=read.money_minor(f"{name}_unit_price", line.unit_price),
        tax_rate_percent=rate,
    )
    return found if len(read.problems) == before else None
