"""System health: what ILS stands on, and its figures of the last quarter of an hour beside their limits. Live."""

import reflex as rx

from ils_app.engineering import service as engineering
from ils_app.engineering.pages.rows import FigureLine, PartLine, quantity
from ils_app.kernel.trend import TOPIC
from ils_app.ui import buttons, feedback, layout, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState


class SystemHealthState(SessionState):
    """What is there, what is not, and how fast it all is."""

    parts: list[PartLine] = []
    figures: list[FigureLine] = []
    summary: str = ""
    since: str = ""
    loading: bool = True

    @rx.event
    @opens("health.read")
    async def load(self):
        """What stands now; the figures follow every quarter of a minute."""
        self._watch(SystemHealthState.refresh, TOPIC)
        await self._show()

    @rx.event
    @needs("health.read", pushed=True)
    async def refresh(self):
        """New figures were kept."""
        await self._show()

    async def _show(self) -> None:
        found = await engineering.system_health(await self._actor())
        self.parts = [PartLine.of(part) for part in found.parts]
        self.figures = [FigureLine.of(one) for one in found.figures]
        self.summary = "All is well" if not found.worries else f"{found.worries} to look at"
        self.since = f"Counted over the last {quantity(found.seconds, 's')}, kept every 15 s."
        self.loading = False


@page(routes.SYSTEM_HEALTH, title="System health", on_load=SystemHealthState.load)
def system() -> rx.Component:
    """The parts on top, the figures beneath."""
    return frame(
        layout.stack(
            layout.card(
                rx.cond(
                    SystemHealthState.loading,
                    feedback.skeleton(2),
                    layout.figures(rx.foreach(SystemHealthState.parts, _part)),
                ),
                title="What ILS stands on",
            ),
            layout.card(
                tables.data_table(
                    SystemHealthState.figures,
                    [
                        tables.Column("Figure", lambda row: layout.strong(row.label)),
                        tables.Column("Of", lambda row: layout.muted(row.group), secondary=True),
                        tables.Column("Now", _value, align="end"),
                        tables.Column("Well while", lambda row: layout.muted(row.limit), align="end", secondary=True),
                        tables.Column("", lambda row: rx.fragment(layout.muted(row.detail), _way(row))),
                    ],
                    label="Figures",
                    row_id=lambda row: row.label,
                    loading=SystemHealthState.loading,
                ),
                layout.card_part(layout.muted(SystemHealthState.since)),
                title="The last quarter of an hour",
                flush=True,
            ),
        ),
        title="System health",
        subtitle=SystemHealthState.summary,
        active=routes.SYSTEM_HEALTH,
    )


def _part(part: rx.Var[PartLine]) -> rx.Component:
    return layout.figure(part.name, feedback.toned_badge(part.says, part.tone))


def _value(row: rx.Var[FigureLine]) -> rx.Component:
    return feedback.glow(feedback.toned_badge(row.value, row.tone), of=row.label, value=row.tone)


def _way(row: rx.Var[FigureLine]) -> rx.Component:
    return rx.cond(row.href, rx.fragment(" ", buttons.link("Look", row.href)))
