"""The suppliers a practice prefers, in order."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.practices import service as practices
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.pages.state import PracticeState
from ils_app.ui import buttons, errors, feedback, fields, layout
from ils_app.ui.guard import needs


class SuppliersState(PracticeState):
    """What the manager does with the list."""

    choice_epoch: int = 0

    @rx.event
    @needs("practices.write")
    async def prefer(self, form: dict[str, Any]):
        """Put a supplier at the end of the list."""
        known = {option.value for option in self.supplier_options if option.value}
        if (chosen := str(form.get("supplier", ""))) not in known:
            return None
        self.choice_epoch += 1
        return await self._choose([*self._chosen(), UUID(chosen)])

    @rx.event
    @needs("practices.write")
    async def prefer_more(self, supplier_id: str):
        """Move a supplier one place up."""
        chosen = self._chosen()
        place = [str(one) for one in chosen].index(supplier_id)
        if place > 0:
            chosen[place - 1], chosen[place] = chosen[place], chosen[place - 1]
        return await self._choose(chosen)

    @rx.event
    @needs("practices.write")
    async def prefer_no_more(self, supplier_id: str):
        """Take a supplier off the list."""
        return await self._choose([one for one in self._chosen() if str(one) != supplier_id])

    def _chosen(self) -> list[UUID]:
        return [one.id for one in self._view.suppliers] if self._view else []

    async def _choose(self, chosen: list[UUID]) -> Any:
        if self._id is None or self._view is None:
            return None
        try:
            await practices.prefer_suppliers(await self._actor(), self._id, chosen, self._view.suppliers_version)
        except ChangedElsewhere as refused:
            await self._read()
            return errors.toast(refused)
        await self._read()
        return None


def suppliers_card() -> rx.Component:
    """The list, and below it whom else there is to choose."""
    more = fields.form(
        layout.row(
            fields.select_field(
                "supplier", "Another supplier", PracticeState.supplier_options, epoch=SuppliersState.choice_epoch
            ),
            buttons.button("Add", icon="plus", type="submit"),
        ),
        on_submit=SuppliersState.prefer,
    )
    return layout.card(
        rx.cond(
            PracticeState.suppliers.length() > 0,
            rx.el.ol(rx.foreach(PracticeState.suppliers, _line), class_name="ils-stack ils-gap-s"),
            layout.muted("No supplier is preferred: the lab chooses."),
        ),
        rx.cond(PracticeState.may_write & (PracticeState.supplier_options.length() > 0), more),
        title="Preferred suppliers",
        aside="the first is preferred most",
    )


def _line(one: Any) -> rx.Component:
    acts = layout.row(
        rx.cond(
            one.place > 1,
            buttons.icon_button("arrow-up", f"Prefer more: {one.name}", on_click=SuppliersState.prefer_more(one.id)),
        ),
        buttons.icon_button("x", f"Take off: {one.name}", on_click=SuppliersState.prefer_no_more(one.id)),
    )
    name = layout.row(
        layout.muted(one.place, "."),
        layout.strong(one.name),
        rx.cond(one.active, rx.fragment(), feedback.badge("no longer supplies", "idle")),
    )
    return rx.el.li(layout.row(name, rx.cond(PracticeState.may_write, acts), spread=True), key=one.id)
