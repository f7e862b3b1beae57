"""How to call each door: what a person would give it, aimed at somebody's rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from ils_app.admin.schemas import Admission, AuditFilter
from ils_app.auth.schemas import InvitationDraft, OrganisationDraft, OrganisationKind, PersonDraft
from ils_app.billing.service import PriceDraft, SupplyKind, TaxRateDraft, TransferDraft
from ils_app.engineering.edits import Availability
from ils_app.kernel.files import FileRef
from ils_app.kernel.roles import Role
from ils_app.lab.schemas import Filters, Pick
from ils_app.orders.schemas import OrderDraft
from ils_app.patients.schemas import PatientDraft
from ils_app.practices.schemas import PersonDraft as Employed
from ils_app.practices.schemas import PracticeDraft, ProfileDraft, SiteChange, SiteDraft
from ils_app.settings.schemas import Hours, LabDraft, LetterheadDraft, Theme
from ils_app.suppliers.document_schemas import DocumentDraft
from ils_app.suppliers.documents import HeldFile
from lims_client.models import Configuration, JobStatus, Prescription
from tests.support.supplying import PDF, a_contact, a_supplier, an_order
from tests.support.world import TRACE, Clinic, Supply, World, a_draft

A_TRANSFER = TransferDraft(minor=100, reference="BACS 1", on=date(2026, 1, 2))
LAB_DRAFT = LabDraft(
    order_prefix="XYZ", lead_time_days=9, time_zone="Asia/Tokyo", payment_terms_days=7, currency="EUR",
    opening_hours=(Hours(opens=time(9), closes=time(17)), None, None, None, None, None, None),
)  # fmt: skip
Call = tuple[tuple[Any, ...], dict[str, Any]]
NO_FILE = FileRef(id=uuid4(), name="a.pdf", size_bytes=1, sha256="")
NOBODY = PatientDraft.model_construct(given_name="Zyzzyva", family_name="Nobody", date_of_birth=None, reference=None)


def a_practice(practice_id: UUID) -> PracticeDraft:
    """A practice as an administrator opens it."""
    return PracticeDraft(
        id=practice_id, name="Zyzzyva", account_number="ZYZ-001", sites=(SiteDraft(code="M", name="M"),)
    )


@dataclass(frozen=True)
class Aim:
    """Whose rows a call is aimed at, and what else there is to name."""

    world: World
    clinic: Clinic
    user_id: UUID
    session_id: UUID
    organisation_id: UUID
    delivery_id: UUID
    job: int
    version: str
    notification_id: UUID
    mail_id: UUID
    supply: Supply
    invitation_id: UUID

    def draft(self, **changes: Any) -> OrderDraft:
        """An order for the patient of the practice aimed at."""
        return a_draft(self.clinic.id, self.clinic.patient_id, **changes)


def at(world: World, clinic: Clinic) -> Aim:
    """Aimed at what there is."""
    return Aim(
        world, clinic, world.somebody, world.session_of[Role.SUPPLIER], world.lumen, world.delivery_id,
        world.failed_job, world.rules_draft, world.notification_id, world.mail_id, world.supply,
        world.invitation_id,
    )  # fmt: skip


def at_nothing(world: World) -> Aim:
    """Aimed at rows nobody has."""
    rows = (
        "id", "site_id", "person_id", "patient_id", "draft_id", "order_id", "invoice_id", "credit_note_id",
    )  # fmt: skip
    ids = {name: uuid4() for name in rows}
    words = {"number": "ORD-2026-999999", "job_id": "JOB-0-NONE", "family_name": "Nowhere", "payment_page": "cs"}
    changes: dict[str, Any] = {**ids, **words}
    clinic = replace(world.harbour, **changes)
    supply = Supply(uuid4(), "Nowhere", uuid4(), uuid4(), "PO-2026-999999", uuid4(), uuid4())
    return Aim(
        world, clinic, uuid4(), uuid4(), uuid4(), uuid4(), 987_654_321, "9999", uuid4(), uuid4(), supply, uuid4()
    )


def call(*args: Any, **kwargs: Any) -> Call:
    """The arguments after the actor."""
    return args, kwargs


Recipe = Callable[[Aim], list[Call]]


@dataclass(frozen=True)
class Recipes:
    """The calls of a door; `aimed` when they name a row that may be someone else's or not there at all."""

    calls: Recipe
    aimed: bool = False


def plain(*args: Any, **kwargs: Any) -> Recipes:
    """A door that names no row."""
    return Recipes(lambda _: [call(*args, **kwargs)])


def aimed(calls: Recipe) -> Recipes:
    """A door that names one."""
    return Recipes(calls, aimed=True)


STAFF = Employed(name="Zyzzyva")
# Somebody else's row in their own practice, and reached through the asker's.
SITES = (lambda aim: (aim.clinic.id, aim.clinic.site_id), lambda aim: (aim.world.mill.id, aim.clinic.site_id))
STAFFS = (lambda aim: (aim.clinic.id, aim.clinic.person_id), lambda aim: (aim.world.mill.id, aim.clinic.person_id))

DOORS: dict[str, Recipes] = {
    # account.own
    "auth.change_name": plain("Another Name"),
    "auth.change_password": plain("wrong-password-1", "another-password-2"),
    "auth.own_sessions": plain(),
    "auth.end_other_sessions": plain(),
    "auth.end_session": aimed(lambda aim: [call(aim.session_id)]),
    # people.manage
    "auth.people": plain(search="a"),
    "auth.person": aimed(lambda aim: [call(aim.user_id)]),
    "auth.add_person": Recipes(
        lambda aim: [
            call(
                PersonDraft(email="x@example.test", name="X", organisation_id=aim.organisation_id, roles=(Role.ADMIN,))
            )
        ]
    ),
    "auth.approve": aimed(lambda aim: [call(aim.user_id)]),
    "auth.reject": aimed(lambda aim: [call(aim.user_id, "For no reason")]),
    "auth.waiting": plain(),
    "auth.invite": Recipes(
        lambda aim: [
            call(
                InvitationDraft(
                    email="y@example.test", name="Y", organisation_id=aim.organisation_id, roles=(Role.ADMIN,)
                )
            )
        ]
    ),
    "auth.send_again": aimed(lambda aim: [call(aim.invitation_id)]),
    "auth.revoke": aimed(lambda aim: [call(aim.invitation_id)]),
    "auth.invitations": plain(),
    "auth.suspend": aimed(lambda aim: [call(aim.user_id, "For no reason")]),
    "auth.reinstate": aimed(lambda aim: [call(aim.user_id, "For no reason")]),
    "auth.set_roles": aimed(lambda aim: [call(aim.user_id, (Role.SUPPLIER,))]),
    "auth.reset_password": aimed(lambda aim: [call(aim.user_id)]),
    "auth.sessions": plain(),
    "auth.organisations": plain(),
    "auth.add_organisation": plain(OrganisationDraft(name="Another", kind=OrganisationKind.LAB)),
    "auth.rename_organisation": aimed(lambda aim: [call(aim.organisation_id, "Another")]),
    "auth.set_access": aimed(lambda aim: [call(aim.organisation_id, False)]),
    # notifications
    "notifications.notifications": plain(),
    "notifications.unread_count": plain(),
    "notifications.mark_read": aimed(lambda aim: [call(aim.notification_id)]),
    "notifications.mark_all_read": plain(),
    "notifications.mails": plain(),
    "notifications.mails_given_up": plain(),
    "notifications.send_again": aimed(lambda aim: [call(aim.mail_id)]),
    # settings
    "settings.own_preferences": plain(),
    "settings.own_organisation_name": plain(),
    "settings.change_preferences": plain(theme=Theme.DARK),
    "settings.lab_settings": plain(),
    "settings.lab_today": plain(),
    "settings.lab_logo": plain(),
    "settings.set_lab_settings": plain(LAB_DRAFT, 0),
    "settings.add_holiday": plain(date(2031, 1, 1), "New Year's Day"),
    "settings.remove_holiday": aimed(lambda _: [call(date(2031, 1, 1))]),
    "settings.letterhead_view": aimed(lambda aim: [call(aim.clinic.id)]),
    "settings.set_letterhead": aimed(lambda aim: [call(aim.clinic.id, LetterheadDraft(name="Mine now"), 0)]),
    "settings.logo_picture": aimed(lambda aim: [call(aim.clinic.id)]),
    "settings.put_logo": aimed(lambda aim: [call(aim.clinic.id, "logo.png", b"no picture")]),
    "settings.remove_logo": aimed(lambda aim: [call(aim.clinic.id)]),
    # admin
    "admin.overview": plain(),
    "admin.audit": plain(AuditFilter(who="a")),
    "admin.act": aimed(lambda aim: [call(aim.job)]),
    "admin.export": plain(),
    "admin.admit": aimed(lambda aim: [call(aim.user_id, Admission(role=Role.ECP, organisation_id=aim.clinic.id))]),
    "auth.invitations_ending": plain(timedelta(days=2)),
    # practices
    "practices.practice": aimed(lambda aim: [call(aim.clinic.id)]),
    "practices.practices": plain(),
    "practices.find_practices": plain("Practice"),
    "practices.open_practice": aimed(lambda aim: [call(a_practice(aim.clinic.id))]),
    "practices.waiting": plain(),
    "practices.members": aimed(lambda aim: [call(aim.clinic.id)]),
    "practices.known_suppliers": plain(),
    "practices.edit_profile": aimed(lambda aim: [call(aim.clinic.id, ProfileDraft(phone="01752 111111"), 1)]),
    "practices.change_account": aimed(lambda aim: [call(aim.clinic.id, "ZYZ-002", 1)]),
    "practices.add_site": aimed(lambda aim: [call(aim.clinic.id, SiteDraft(code="QUAY", name="Quay"))]),
    "practices.edit_site": aimed(lambda aim: [call(*at_site(aim), SiteChange(name="Quay"), 1) for at_site in SITES]),
    "practices.close_site": aimed(lambda aim: [call(*at_site(aim)) for at_site in SITES]),
    "practices.reopen_site": aimed(lambda aim: [call(*at_site(aim)) for at_site in SITES]),
    "practices.choose_default_site": aimed(lambda aim: [call(*at_site(aim)) for at_site in SITES]),
    "practices.add_staff": aimed(lambda aim: [call(aim.clinic.id, STAFF)]),
    "practices.edit_staff": aimed(lambda aim: [call(*at_one(aim), STAFF, 1) for at_one in STAFFS]),
    "practices.staff_left": aimed(lambda aim: [call(*at_one(aim)) for at_one in STAFFS]),
    "practices.staff_returned": aimed(lambda aim: [call(*at_one(aim)) for at_one in STAFFS]),
    "practices.prefer_suppliers": aimed(lambda aim: [call(aim.clinic.id, [], 1)]),
    # patients
    "patients.search": aimed(lambda aim: [call(aim.clinic.family_name, practice_id=aim.clinic.id)]),
    "patients.page": aimed(lambda aim: [call("", practice_id=aim.clinic.id)]),
    "patients.patient": aimed(lambda aim: [call(aim.clinic.patient_id)]),
    "patients.for_order": aimed(lambda aim: [call(aim.clinic.patient_id, aim.clinic.id)]),
    "patients.readers": aimed(lambda aim: [call(aim.clinic.patient_id)]),
    "patients.add": plain(NOBODY),
    "patients.take_for_order": aimed(lambda aim: [call(aim.clinic.id, NOBODY)]),
    "patients.edit": aimed(lambda aim: [call(aim.clinic.patient_id, NOBODY, 1)]),
    # catalog
    "catalog.catalog": plain(),
    "catalog.offer": plain(),
    "catalog.offer_for": plain(Configuration(prescription=Prescription())),
    "catalog.versions": plain(),
    "catalog.difference": Recipes(lambda aim: [call(None, 1)]),
    # orders
    "orders.attach": plain("trace.oma", TRACE),
    "orders.attached": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "orders.open_draft": aimed(
        lambda aim: [call(aim.draft()), call(a_draft(aim.world.mill.id, aim.clinic.patient_id))]
    ),
    "orders.draft": aimed(lambda aim: [call(aim.clinic.draft_id)]),
    "orders.patient_of_draft": aimed(lambda aim: [call(aim.clinic.draft_id)]),
    "orders.autosave": aimed(
        lambda aim: [
            call(aim.clinic.draft_id, aim.draft(), version=1),
            call(aim.clinic.draft_id, aim.world.draft(aim.world.mill), version=1),
            call(aim.world.mill.draft_id, aim.draft(), version=1),
        ]
    ),
    "orders.discard": aimed(lambda aim: [call(aim.clinic.draft_id)]),
    "orders.submit": aimed(
        lambda aim: [
            call(aim.clinic.draft_id, aim.draft()),
            call(aim.clinic.order_id, aim.draft()),
            call(aim.clinic.draft_id, aim.world.draft(aim.world.mill)),
            call(aim.world.mill.draft_id, aim.draft()),
        ]
    ),
    "orders.place": aimed(
        lambda aim: [call(aim.draft(), key="a-key"), call(a_draft(aim.world.mill.id, aim.clinic.patient_id))]
    ),
    "orders.order": aimed(lambda aim: [call(aim.clinic.order_id), call(aim.clinic.draft_id)]),
    "orders.timeline": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "orders.orders_page": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "orders.counts": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "orders.find_orders": plain("zyzzyva"),
    "orders.order_of_code": aimed(lambda aim: [call(aim.clinic.number), call(aim.clinic.job_id)]),
    "orders.due_next": plain(),
    "orders.recently_changed": plain(),
    "orders.waiting_for_lab": plain(),
    "orders.cancel": aimed(lambda aim: [call(aim.clinic.order_id, reason="Not wanted")]),
    "orders.cancel_and_correct": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "orders.duplicate": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "orders.resend": aimed(lambda aim: [call(aim.clinic.order_id)]),
    # lab
    "lab.board": plain(Filters()),
    "lab.cards": plain(Filters()),
    "lab.card": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "lab.stations_passed": Recipes(lambda aim: [call(aim.clinic.order_id)]),
    "lab.by_code": aimed(lambda aim: [call(aim.clinic.number), call(f"https://x/orders/{aim.clinic.order_id}")]),
    "lab.jobs_on_floor": plain(),
    "lab.move": aimed(lambda aim: [call(aim.clinic.order_id, JobStatus.IN_PRODUCTION)]),
    "lab.move_many": Recipes(lambda aim: [call([Pick(order_id=aim.clinic.order_id)])]),
    "lab.hold": aimed(lambda aim: [call(aim.clinic.order_id, "Scratched")]),
    "lab.release": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "lab.ship": aimed(lambda aim: [call(aim.clinic.order_id, "Post", "1Z")]),
    "lab.ticket": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "lab.ticket_pdf": aimed(lambda aim: [call(aim.clinic.order_id)]),
    # billing
    "billing.invoice": aimed(lambda aim: [call(aim.clinic.invoice_id)]),
    "billing.invoice_pdf": aimed(lambda aim: [call(aim.clinic.invoice_id)]),
    "billing.invoice_of_order": Recipes(lambda aim: [call(aim.clinic.order_id)]),
    "billing.invoices_page": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "billing.invoices_for_export": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "billing.counts": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "billing.figures": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "billing.credit_note": aimed(lambda aim: [call(aim.clinic.credit_note_id)]),
    "billing.credit_note_pdf": aimed(lambda aim: [call(aim.clinic.credit_note_id)]),
    "billing.credit_notes_page": aimed(lambda aim: [call(practice_id=aim.clinic.id)]),
    "billing.issue_credit_note": aimed(lambda aim: [call(aim.clinic.invoice_id, "Not as ordered")]),
    "billing.void": aimed(lambda aim: [call(aim.clinic.invoice_id, "By mistake")]),
    "billing.record_transfer": aimed(lambda aim: [call(aim.clinic.invoice_id, A_TRANSFER)]),
    "billing.record_transfer_refund": aimed(lambda aim: [call(aim.clinic.invoice_id, A_TRANSFER)]),
    "billing.waiting_orders": plain(),
    "billing.waiting_count": plain(),
    "billing.try_again": aimed(lambda aim: [call(aim.clinic.order_id)]),
    "billing.price_order": aimed(lambda aim: [call(aim.clinic.order_id, [PriceDraft(what="Lenses", minor=100)])]),
    "billing.close_without_invoice": aimed(lambda aim: [call(aim.clinic.order_id, "Free of charge")]),
    "billing.came_back": aimed(lambda aim: [call(aim.clinic.invoice_id)]),
    "billing.cards_of": aimed(lambda aim: [call(aim.clinic.invoice_id)]),
    "billing.pay_by_card": aimed(lambda aim: [call(aim.clinic.invoice_id)]),
    "billing.refund_card": aimed(lambda aim: [call(aim.clinic.invoice_id, 100, reason="Broken")]),
    "billing.stand_in_page": aimed(lambda aim: [call(aim.clinic.payment_page)]),
    "billing.stand_in_pay": aimed(lambda aim: [call(aim.clinic.payment_page)]),
    "billing.stand_in_decline": aimed(lambda aim: [call(aim.clinic.payment_page)]),
    "billing.tax_rates": plain(),
    "billing.add_tax_rate": plain(
        TaxRateDraft(kind=SupplyKind.LENSES, name="VAT", rate_bp=2500, valid_from=date(2099, 1, 1))
    ),
    "billing.withdraw_tax_rate": aimed(lambda aim: [call(aim.clinic.invoice_id)]),
    # suppliers
    "suppliers.suppliers_page": plain(text="a"),
    "suppliers.supplier_counts": plain(),
    "suppliers.suppliers_to_choose": plain(),
    "suppliers.free_organisations": plain(),
    "suppliers.supplier": aimed(lambda aim: [call(aim.supply.id)]),
    "suppliers.supplier_users": aimed(lambda aim: [call(aim.supply.id)]),
    "suppliers.add_supplier": Recipes(
        lambda aim: [call(a_supplier(name="Another")), call(a_supplier(name="One"), organisation_id=aim.supply.id)]
    ),
    "suppliers.edit_supplier": aimed(lambda aim: [call(aim.supply.id, a_supplier(name="Mine now"), 1)]),
    "suppliers.set_supplier_active": aimed(lambda aim: [call(aim.supply.id, False)]),
    "suppliers.add_contact": aimed(lambda aim: [call(aim.supply.id, a_contact())]),
    "suppliers.edit_contact": aimed(lambda aim: [call(aim.supply.id, aim.supply.contact_id, a_contact())]),
    "suppliers.remove_contact": aimed(lambda aim: [call(aim.supply.id, aim.supply.contact_id)]),
    "suppliers.begin_order": aimed(lambda aim: [call(an_order(aim.supply.id))]),
    "suppliers.save_order": aimed(lambda aim: [call(aim.supply.order_id, an_order(aim.supply.id), 1)]),
    "suppliers.send_order": aimed(lambda aim: [call(aim.supply.order_id, 1)]),
    "suppliers.order_again": aimed(lambda aim: [call(aim.supply.order_id)]),
    "suppliers.receive_order": aimed(lambda aim: [call(aim.supply.order_id, {uuid4(): "1"}, version=1)]),
    "suppliers.close_order": aimed(lambda aim: [call(aim.supply.order_id, "Sold out")]),
    "suppliers.cancel_order": aimed(lambda aim: [call(aim.supply.order_id, "Not needed")]),
    "suppliers.acknowledge_order": aimed(lambda aim: [call(aim.supply.order_id, confirmed_on="2031-01-02")]),
    "suppliers.ship_order": aimed(lambda aim: [call(aim.supply.order_id, carrier="Post")]),
    "suppliers.deliver_order": aimed(lambda aim: [call(aim.supply.order_id)]),
    "suppliers.purchase_order": aimed(lambda aim: [call(aim.supply.order_id)]),
    "suppliers.order_timeline": aimed(lambda aim: [call(aim.supply.order_id)]),
    "suppliers.order_paper": aimed(lambda aim: [call(aim.supply.order_id)]),
    "suppliers.orders_page": aimed(lambda aim: [call(supplier_id=aim.supply.id)]),
    "suppliers.order_counts": aimed(lambda aim: [call(supplier_id=aim.supply.id)]),
    "suppliers.export_orders": aimed(lambda aim: [call(supplier_id=aim.supply.id)]),
    "suppliers.find_purchase_orders": plain("po"),
    "suppliers.documents_page": aimed(lambda aim: [call(supplier_id=aim.supply.id)]),
    "suppliers.document_counts": aimed(lambda aim: [call(supplier_id=aim.supply.id)]),
    "suppliers.document": aimed(lambda aim: [call(aim.supply.document_id)]),
    "suppliers.download_document": aimed(lambda aim: [call(aim.supply.version_id)]),
    "suppliers.add_document": plain(DocumentDraft(title="Sheet", kind="sds"), "a.pdf", PDF),
    "suppliers.hold_file": plain("a.pdf", PDF),
    "suppliers.let_go": plain(HeldFile(ref=NO_FILE, content_type="application/pdf")),
    "suppliers.add_version": aimed(lambda aim: [call(aim.supply.document_id, "", "a.pdf", PDF)]),
    "suppliers.edit_document": aimed(lambda aim: [call(aim.supply.document_id, "Mine now", "sds", 1)]),
    "suppliers.withdraw_document": aimed(lambda aim: [call(aim.supply.document_id)]),
    # engineering
    "engineering.rule_sets": plain(),
    "engineering.rule_set": aimed(lambda aim: [call(aim.version)]),
    "engineering.difference": aimed(lambda aim: [call(aim.version)]),
    "engineering.start_draft": plain("A try"),
    "engineering.change": aimed(
        lambda aim: [call(aim.version, [Availability(section="materials", id="150", available=False)])]
    ),
    "engineering.simulate": aimed(lambda aim: [call(aim.version)]),
    "engineering.publish": aimed(lambda aim: [call(aim.version, "A try")]),
    "engineering.roll_back": aimed(lambda aim: [call(aim.version, "A try")]),
    "engineering.deliveries": plain(),
    "engineering.delivery": aimed(lambda aim: [call(aim.delivery_id)]),
    "engineering.delivery_counts": plain(),
    "engineering.replay": aimed(lambda aim: [call(aim.delivery_id)]),
    "engineering.failed_jobs": plain(),
    "engineering.system_health": plain(),
    "engineering.retry_job": aimed(lambda aim: [call(aim.job)]),
}
