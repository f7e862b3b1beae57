"""Who may write on a practice, and the hold on its row while they do: one change of a practice at a time."""

from uuid import UUID

from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.room import UnitOfWork
from ils_app.practices.models import PracticeRow


def must_write(actor: Actor, practice_id: UUID) -> None:
    """For the practice's manager and the admin. Raises NotFound for a foreign practice, Forbidden for a member."""
    actor.must("practices.write", practice_id=practice_id)
    if actor.role is Role.ECP and not actor.manager:
        raise Forbidden("Only a manager of the practice may change this.")


async def held(uow: UnitOfWork, practice_id: UUID) -> PracticeRow:
    """The practice's row, locked for this unit of work. Raises NotFound."""
    row = await uow.session.get(PracticeRow, practice_id, with_for_update=True)
    if row is None:
        raise NotFound
    return row
