"""How pages look to a person: the theme they chose, kept with them and followed in every browser they sign in."""

from typing import Any

import reflex as rx
from reflex.style import color_mode_imports
from reflex.vars import VarData
from reflex_components_core.el.element import Element

from ils_app.kernel.errors import Invalid
from ils_app.settings import service as settings
from ils_app.ui.guard import needs
from ils_app.ui.session import SessionState


class LooksState(SessionState):
    """The switch between light, dark and as the system has it."""

    @rx.event
    @needs("account.own")
    async def keep(self, theme: str):
        """Keep the theme with the person; their other open pages follow."""
        if theme not in set(settings.Theme):
            raise Invalid("Choose light, dark, or as your system has it.")
        await settings.change_preferences(await self._actor(), theme=settings.Theme(theme))


class _Followed(Element):
    """Nothing to see: it gives the browser the theme that stands in the state, whenever that changes."""

    tag = "i"

    theme: rx.Var[str]

    def add_imports(self) -> dict[str, Any]:
        """What the hook is made of."""
        return {"react": ["useEffect"]}

    def add_hooks(self) -> list[Any]:
        """Set the mode of Reflex, which remembers it for the next first paint."""
        context = VarData(
            imports=color_mode_imports, hooks={"const { setColorMode } = useContext(ColorModeContext)": None}
        )
        line = f"useEffect(() => {{ if ({self.theme!s}) setColorMode({self.theme!s}); }}, [{self.theme!s}]);"
        return [rx.Var(line, _var_data=VarData.merge(context, self.theme._get_all_var_data()))]


def followed_theme() -> rx.Component:
    """Have the page look as the person chose."""
    return _Followed.create(theme=SessionState.theme, hidden=True)
