"""The trace file of an order: kept as it came, given back as it came."""

from uuid import UUID

from ils_app.kernel import files
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import door
from ils_app.orders.records import find_for, room
from ils_app.orders.schemas import OrderDraft

ENDINGS = (".oma", ".vca", ".dat", ".trc", ".fil", ".tr", ".txt")


@door("orders.create")
async def attach(actor: Actor, name: str, body: bytes) -> FileRef:
    """Keep a trace file for a draft; the draft's next save names it. Raises Invalid with what is wrong with it."""
    if not name.lower().endswith(ENDINGS):
        said = f"A trace file ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}; this one is called {name[:60]}."
        raise Invalid(said, fields={"file": said})
    if b"=" not in body or body.lstrip()[:1] == b"<":
        said = "This is not a VCA file: it holds no record like LABEL=value. Export it from the tracer again."
        raise Invalid(said, fields={"file": said})
    return await files.keep(name, body)


@door("orders.read_rx")
async def attached(actor: Actor, order_id: UUID) -> tuple[FileRef, bytes]:
    """The order's trace file. Raises NotFound when it has none."""
    async with room.read() as session:
        order = await find_for(session, actor, "orders.read_rx", order_id)
        ref = OrderDraft.model_validate(order.draft).file
    if ref is None:
        raise NotFound("No file is attached to this order.")
    return ref, await files.read(ref)
