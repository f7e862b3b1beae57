"""The permission table of the product, cell by cell, against the table the code goes by."""

from uuid import UUID, uuid4

import pytest

from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.roles import TABLE, Role, Scope

NOWHERE = UUID(int=0)
ECP, LAB, ENGINEER, SUPPLIER, ADMIN = Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER, Role.ADMIN
OWN, ORDERED, ALL, NO = Scope.OWN, Scope.ORDERED, Scope.ALL, None

# Word for word as the product's page has it: ecp, lab_tech, engineer, supplier, admin.
PRODUCT = """
| Orders: create, correct and cancel before production, duplicate \
| own practice | on behalf of a practice, marked so | – | – | – |
| Orders: read, OMA, timeline, documents | own practice | all | all | – | read, without the Rx |
| Order stage moves, hold with reason, ship, QC, remake | – | yes | yes | – | – |
| Consults: ask / answer | own / – | – / yes | – / yes | – | – |
| Returns and non-adapts: report / process | own / – | – / yes | – / yes | – | read |
| Patients and prescriptions | own practice | those of an order | those of an order | – | – |
| Catalog and rules: read / publish, roll back | read | read | publish | – | read |
| Suppliers and POs | – | yes | yes | own POs: acknowledge, in transit, delivered | yes |
| Technical documents | – | read | read | own | read |
| Invoices from the lab: read and pay / issue and credit | own practice / – | – / yes | – | – | read / yes |
| Till, sales, refunds, payouts | own practice | – | – | – | read |
| Practice profile, staff roster, preferred suppliers | own practice | – | – | – | yes |
| Users, settings, audit log, webhook deliveries | – | – | deliveries | – | yes |
| Analytics | own practice | lab | lab and engineering | own POs | all |
"""
ANYBODYS = {"all", "yes", "on behalf of a practice, marked so", "read", "read, without the Rx", "publish", "deliveries"}
USUAL = {"–": NO, "own practice": OWN, **dict.fromkeys(ANYBODYS, ALL)}
SUPPLIERS_PART = "own POs: acknowledge, in transit, delivered"
# The code's rows that stand for a line, and how they read its words where they do not read them as usual.
READ_AS = {
    "Orders: create, correct and cancel before production, duplicate": {"orders.create": {}, "orders.cancel": {}},
    "Orders: read, OMA, timeline, documents": {
        "orders.read": {},
        "orders.read_rx": {"read, without the Rx": NO},
        "board.read": {"own practice": NO, "read, without the Rx": NO},  # the floor shows jobs of every practice
    },
    "Order stage moves, hold with reason, ship, QC, remake": {"orders.move": {}},
    "Patients and prescriptions": {
        "patients.read": {"those of an order": ORDERED},
        "patients.write": {"those of an order": NO},
    },
    "Catalog and rules: read / publish, roll back": {"catalog.read": {}, "catalog.publish": {"read": NO}},
    "Practice profile, staff roster, preferred suppliers": {
        "practices.write": {},
        "settings.letterhead": {},  # part of a practice's profile; its manager's to write
        "practices.open": {"own practice": NO},  # an account with the lab is the lab's to give
    },
    "Invoices from the lab: read and pay / issue and credit": {
        "invoices.read": {"own practice / –": OWN, "– / yes": ALL, "read / yes": ALL},  # who issues them reads them
        "invoices.pay": {"own practice / –": OWN, "– / yes": NO, "read / yes": NO},
        "invoices.issue": {"own practice / –": NO, "– / yes": ALL, "read / yes": ALL},
    },
    "Suppliers and POs": {
        "suppliers.manage": {SUPPLIERS_PART: NO},
        "purchase_orders.manage": {SUPPLIERS_PART: NO},
        "purchase_orders.read": {SUPPLIERS_PART: OWN},
        "purchase_orders.fulfil": {SUPPLIERS_PART: OWN},  # the lab writes down what it was told by telephone
    },
    "Technical documents": {"documents.read": {"own": OWN}, "documents.write": {"own": OWN, "read": NO}},
    "Users, settings, audit log, webhook deliveries": {
        "people.manage": {"deliveries": NO},
        "audit.read": {"deliveries": NO},
        "mails.manage": {"deliveries": NO},  # mails that did not leave name people and addresses
        "settings.manage": {"deliveries": NO},
        "deliveries.read": {},
        "deliveries.replay": {},
    },
}
# What the table does not name, and follows from the text around it.
BESIDE_IT = {
    "orders.resend": (OWN, ALL, ALL, NO, NO),  # an order that waits for the lab, by whoever reads all of it
    "practices.read": (OWN, ALL, ALL, NO, ALL),  # whose orders one reads, one may read the name of
    "tax.manage": (NO, NO, NO, NO, ALL),  # what the house owes the state is its administrator's
    "notifications.own": (OWN, OWN, OWN, OWN, OWN),  # what one was told oneself
    "settings.read": (ALL, ALL, ALL, ALL, ALL),  # when the lab works is told to everybody who works with it
    "health.read": (NO, NO, ALL, NO, ALL),  # the admin's screens and the engineer's have it
    "account.own": (OWN, OWN, OWN, OWN, OWN),
}
# Lines of the product's table for which ILS has no function yet: nothing may pretend to be one.
NOT_YET = {
    "Consults: ask / answer": "consults.",
    "Returns and non-adapts: report / process": "returns.",
    "Till, sales, refunds, payouts": "till.",
    "Analytics": "analytics.",
}
LINES = {}
for written in PRODUCT.strip().splitlines():
    name, *cells = map(str.strip, written.split("|")[1:-1])
    LINES[name] = cells
EXPECTED = {
    row: tuple({**USUAL, **words}[cell] for cell in LINES[line])
    for line, rows in READ_AS.items()
    for row, words in rows.items()
} | BESIDE_IT
CELLS = [(row, role, scope) for row, cells in EXPECTED.items() for role, scope in zip(Role, cells, strict=True)]


def test_the_columns_stand_in_the_order_of_the_product():
    assert list(Role) == [ECP, LAB, ENGINEER, SUPPLIER, ADMIN]


def test_every_line_of_the_product_is_read_or_known_to_be_missing():
    assert set(LINES) == {*READ_AS, *NOT_YET}
    assert all(len(cells) == len(Role) for cells in LINES.values())


def test_the_code_has_exactly_the_rows_that_are_expected():
    assert set(TABLE) == set(EXPECTED)


@pytest.mark.parametrize(("row", "role", "scope"), CELLS, ids=lambda value: str(value))
def test_every_cell_is_as_the_product_says(row, role, scope):
    assert TABLE[row].get(role) is scope
    actor = Actor(NOWHERE, "Somebody", role, NOWHERE)
    assert actor.may(row) is (scope is not None)
    if scope is None:
        with pytest.raises(Forbidden):
            actor.must(row)
    else:
        actor.must(row)


@pytest.mark.parametrize(("row", "role"), [(row, role) for row, role, scope in CELLS if scope is OWN])
def test_an_own_row_ends_where_another_practice_begins(row, role):
    mine, other = uuid4(), uuid4()
    actor = Actor(NOWHERE, "Somebody", role, mine)
    actor.must(row, practice_id=mine)
    with pytest.raises(NotFound):
        actor.must(row, practice_id=other)


@pytest.mark.parametrize(("line", "prefix"), NOT_YET.items())
def test_what_ils_does_not_do_yet_has_no_row(line, prefix):
    assert not [row for row in TABLE if row.startswith(prefix)], line
