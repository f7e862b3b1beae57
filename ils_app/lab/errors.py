"""What the lab room refuses, by name."""

from ils_app.kernel.errors import Conflict, Invalid, NotFound, Upstream


class NoSuchJob(NotFound):
    """No order, job or tray is behind this."""

    def __init__(self) -> None:
        super().__init__("No order, job or tray has this number.")


class MisreadTray(Invalid):
    """A tray number whose check digit does not fit."""

    code = "misread_tray"

    def __init__(self, code: str) -> None:
        super().__init__(f"{code[:20]} is no tray number: its check digit does not fit. Scan it again.")


class NotThisWay(Invalid):
    """The move wants more than a status: shipping a parcel, a hold a reason."""

    code = "not_this_way"


class MovedOn(Conflict):
    """Somebody else moved the job first; the message says where it is now."""

    code = "moved_on"


class CannotMove(Conflict):
    """The LIMS knows no such move from where the job is."""

    code = "cannot_move"


class LabSilent(Upstream):
    """The LIMS did not answer; the board goes on showing its last word.

    A move it took after all shows by itself, and trying again names the status seen: it never moves a job twice.
    """

    code = "lims_away"

    def __init__(self) -> None:
        super().__init__("The lab's system does not answer; nothing was moved. Try again.")
