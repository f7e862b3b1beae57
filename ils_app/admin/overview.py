"""What needs an administrator now, counted by the rooms that know."""

from datetime import timedelta

from ils_app.admin.room import room
from ils_app.admin.schemas import Overview
from ils_app.auth import service as auth
from ils_app.auth.schemas import PersonStatus
from ils_app.billing import service as billing
from ils_app.billing.schemas import InvoicesView
from ils_app.kernel import failed_jobs, inbox
from ils_app.kernel.actor import Actor
from ils_app.kernel.inbox import DeliveryState
from ils_app.kernel.lims import silent_since
from ils_app.kernel.permissions import door
from ils_app.notifications import service as notifications
from ils_app.orders import service as orders
from ils_app.orders.service import ListView
from ils_app.practices import service as practices
from ils_app.suppliers import service as suppliers

SOON = timedelta(days=2)


@door("people.manage")
async def overview(actor: Actor) -> Overview:
    """The numbers of the dashboard; each is the length of the list it leads to."""
    counts, deliveries = await orders.counts(actor), await inbox.counts()
    bought = await suppliers.order_counts(actor)
    async with room.read() as session:
        failed = await failed_jobs.count(session)
    return Overview(
        waiting=await auth.waiting(actor),
        ending_invitations=await auth.invitations_ending(actor, SOON),
        practices_to_open=len(await practices.waiting(actor)),
        suspended=(await auth.people(actor, status=PersonStatus.SUSPENDED, size=1)).total,
        on_hold=counts.of(ListView.ON_HOLD),
        waiting_for_lab=counts.of(ListView.WAITING),
        lab_silent_since=silent_since(),
        failed_deliveries=deliveries.get(DeliveryState.FAILED, 0),
        unmatched_deliveries=deliveries.get(DeliveryState.UNMATCHED, 0),
        failed_jobs=failed,
        mails_given_up=await notifications.mails_given_up(actor),
        overdue_invoices=(await billing.counts(actor)).of(InvoicesView.OVERDUE),
        late_purchase_orders=bought.late,
        unsent_purchase_orders=bought.not_sent,
    )
