"""The permission table of the product, cell by cell, against the table the code goes by."""

from uuid import UUID, uuid4

import pytest

from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.roles import TABLE, Role, Scope

NOWHERE = UUID(int=0)
ECP, LAB, ENGINEER, SUPPLIER, ADMIN = Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER, Role.ADMIN
OWN, ORDERED, ALL, NO = Scope.OWN, Scope.ORDERED, Scope.ALL, None

# As the product's page says it, columns ecp, lab_tech, engineer, supplier, admin, with the code's rows of each line.
PRODUCT = {
    "Orders: create, correct and cancel before production, duplicate": {
        "orders.create": (OWN, ALL, NO, NO, NO),
        "orders.cancel": (OWN, ALL, NO, NO, NO),
    },
    "Orders: read, OMA, timeline, documents": {
        "orders.read": (OWN, ALL, ALL, NO, ALL),  # the administrator without the Rx
        "orders.read_rx": (OWN, ALL, ALL, NO, NO),
        "board.read": (NO, ALL, ALL, NO, NO),  # the lab's floor: jobs of every practice
    },
    "Order stage moves, hold with reason, ship, QC, remake": {"orders.move": (NO, ALL, NO, NO, NO)},
    "Patients and prescriptions": {
        "patients.read": (OWN, ORDERED, ORDERED, NO, NO),
        "patients.write": (OWN, NO, NO, NO, NO),
    },
    "Catalog and rules: read / publish, roll back": {
        "catalog.read": (ALL, ALL, ALL, NO, ALL),
        "catalog.publish": (NO, NO, ALL, NO, NO),
    },
    "Practice profile, staff roster, preferred suppliers": {"practices.write": (OWN, NO, NO, NO, ALL)},
    "Users, settings, audit log, webhook deliveries": {
        "people.manage": (NO, NO, NO, NO, ALL),
        "deliveries.read": (NO, NO, ALL, NO, ALL),
        "deliveries.replay": (NO, NO, ALL, NO, ALL),
    },
}
# What the table does not name, and follows from the text around it.
BESIDE_IT = {
    "orders.resend": (OWN, ALL, ALL, NO, NO),  # an order that waits for the lab, by whoever reads all of it
    "practices.read": (OWN, ALL, ALL, NO, ALL),  # whose orders one reads, one may read the name of
    "account.own": (OWN, OWN, OWN, OWN, OWN),
}
# Lines of the product's table for which ILS has no function yet: nothing may pretend to be one.
NOT_YET = {
    "Consults: ask / answer": "consults.",
    "Returns and non-adapts: report / process": "returns.",
    "Suppliers and POs": "suppliers.",
    "Technical documents": "documents.",
    "Invoices from the lab: read and pay / issue and credit": "invoices.",
    "Till, sales, refunds, payouts": "till.",
    "Analytics": "analytics.",
}
EXPECTED = {row: cells for line in PRODUCT.values() for row, cells in line.items()} | BESIDE_IT
CELLS = [(row, role, scope) for row, cells in EXPECTED.items() for role, scope in zip(Role, cells, strict=True)]


def test_the_columns_stand_in_the_order_of_the_product():
    assert list(Role) == [ECP, LAB, ENGINEER, SUPPLIER, ADMIN]


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
