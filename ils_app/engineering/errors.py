"""What the engineering room refuses, and what the LIMS refused, as sentences an engineer can act on."""

import contextlib
from collections.abc import Iterator

from ils_app.kernel.errors import Conflict, Invalid, NotFound, Upstream
from lims_client import (
    LimsConflict,
    LimsError,
    LimsNotFound,
    LimsProtocolError,
    LimsRefused,
    LimsRejected,
    LimsUnavailable,
)


class NoSuchRules(NotFound):
    """The LIMS has no rule set of this version, or it is a draft and the person may not see drafts."""

    def __init__(self) -> None:
        super().__init__("There is no such rule set.")


class NotADraft(Conflict):
    """Only a draft can be changed or published."""

    code = "not_a_draft"


class ChangedElsewhere(Conflict):
    """The draft is no longer what the person saw."""

    code = "changed_elsewhere"

    def __init__(self) -> None:
        super().__init__("The draft was changed elsewhere since you read it. Read it again, then repeat your change.")


class RulesInvalid(Invalid):
    """The rules cannot be used as they would be; `fields` maps each place to its sentence."""

    code = "rules_invalid"


class LabAway(Upstream):
    """The LIMS did not answer."""

    code = "lab_away"


@contextlib.contextmanager
def asking_the_lab(*, changing: bool = False) -> Iterator[None]:
    """Turn what the LIMS refuses, or does not answer, into this room's refusals.

    `changing`: a lost answer may hide a change that was made, and the sentence says so.
    """
    try:
        yield
    except LimsNotFound:
        raise NoSuchRules from None
    except LimsConflict as error:
        raise NotADraft(error.body.message or "The lab says that this is not a draft any more.") from None
    except LimsRejected as error:
        fields = {problem.field or "rules": problem.message for problem in error.errors}
        raise RulesInvalid(error.body.message or "The lab cannot use these rules.", fields=fields) from None
    except LimsUnavailable as error:
        raise LabAway(_not_answered(error, changing)) from None
    except LimsRefused as error:
        raise LabAway(f"The lab refused this with {error.status_code}: {error.body.message}") from None
    except LimsProtocolError:
        raise LabAway("The lab's answer could not be understood. The log has the request's id.") from None
    except LimsError:
        raise LabAway("The lab could not be asked.") from None


def _not_answered(error: LimsUnavailable, changing: bool) -> str:
    if changing and error.may_have_arrived:
        return "The lab's system did not answer in time. It may have done it: look at the versions before trying again."
    return "The lab's system does not answer; nothing was changed. Try again."
