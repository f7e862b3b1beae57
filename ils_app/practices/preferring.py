"""The suppliers a practice would rather have its lenses from, in order, among those the lab knows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door, internal
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.events import PreferredSuppliersChosen
from ils_app.practices.holding import held, must_write
from ils_app.practices.models import PreferredRow, SupplierRow
from ils_app.practices.reading import in_session, profile
from ils_app.practices.room import LIST, room, topic
from ils_app.practices.schemas import KnownSupplier, PracticeView

MOST = 20


@door("practices.read")
async def known_suppliers(actor: Actor) -> list[KnownSupplier]:
    """The lab's active suppliers by name, for a practice to choose from."""
    query = select(SupplierRow).where(col(SupplierRow.active)).order_by(col(SupplierRow.name), col(SupplierRow.id))
    async with room.read() as session:
        rows = (await session.execute(query)).scalars().all()
    return [KnownSupplier(id=row.id, name=row.name, active=row.active) for row in rows]


@door("practices.write")
async def prefer_suppliers(actor: Actor, practice_id: UUID, supplier_ids: Sequence[UUID], version: int) -> PracticeView:
    """Prefer these suppliers and no others, the first most; `version` is the practice's `suppliers_version` as read.

    For the practice's manager and the admin. Raises NotFound for a foreign practice, Forbidden for a member,
    ChangedElsewhere, Invalid for somebody who is no supplier. The order it has already changes nothing.
    """
    must_write(actor, practice_id)
    wanted = list(dict.fromkeys(supplier_ids))
    async with room.unit_of_work() as uow:
        row = await held(uow, practice_id)
        if row.suppliers_version != version:
            raise ChangedElsewhere(await in_session(uow.session, row))
        there = select(col(SupplierRow.id)).where(col(SupplierRow.id).in_(wanted))
        if len(wanted) > MOST or len((await uow.session.execute(there)).all()) < len(wanted):
            sentence = f"Choose among the lab's suppliers, at most {MOST}."
            raise Invalid(sentence, fields={"supplier_ids": sentence})
        mine = select(col(PreferredRow.supplier_id)).where(col(PreferredRow.practice_id) == practice_id)
        if list((await uow.session.execute(mine.order_by(col(PreferredRow.place)))).scalars()) != wanted:
            await uow.session.execute(delete(PreferredRow).where(col(PreferredRow.practice_id) == practice_id))
            for place, supplier_id in enumerate(wanted):
                uow.session.add(PreferredRow(practice_id=practice_id, supplier_id=supplier_id, place=place))
            row.suppliers_version += 1
            uow.emit(PreferredSuppliersChosen(practice_id=practice_id, supplier_ids=tuple(wanted)))
            uow.publish(topic(practice_id))
    return await profile(practice_id)


@internal
async def know_supplier(supplier: KnownSupplier, *, new: bool = False) -> None:
    """Take over what the suppliers room says of a supplier: its name, and whether anything is ordered from it.

    That it is `new` says nothing of a supplier who is known: what came of it since may have been heard before.
    """
    told = supplier.model_dump()
    statement = insert(SupplierRow).values(**told)
    taken = (
        statement.on_conflict_do_nothing() if new else statement.on_conflict_do_update(index_elements=["id"], set_=told)
    )
    chosen = select(col(PreferredRow.practice_id)).where(col(PreferredRow.supplier_id) == supplier.id)
    async with room.unit_of_work() as uow:
        await uow.session.execute(taken)
        chosen_by = (await uow.session.execute(chosen)).scalars()
        uow.publish(LIST, *(topic(practice_id) for practice_id in chosen_by))
