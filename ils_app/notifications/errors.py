"""Named refusals of this room."""

from ils_app.kernel.errors import Conflict


class NotGivenUp(Conflict):
    """The mail has left, or is still on its way."""

    code = "not_given_up"
