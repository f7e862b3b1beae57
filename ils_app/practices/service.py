"""The door of the practices room; the verbs stand in `reading`, `opening`, `profile`, `sites`, `roster` and
`preferring`."""

from ils_app.practices.models import StaffRole
from ils_app.practices.opening import open_practice, register, waiting
from ils_app.practices.preferring import know_supplier, known_suppliers, prefer_suppliers
from ils_app.practices.profile import change_account, edit_profile, follow
from ils_app.practices.reading import find_practices, practice, practice_of_account, practices, profile, remembered
from ils_app.practices.room import LIST, topic
from ils_app.practices.roster import add_staff, edit_staff, members, staff_left, staff_returned
from ils_app.practices.schemas import (
    KnownSupplier,
    Member,
    PersonDraft,
    PracticeDraft,
    PracticePage,
    PracticePerson,
    PracticeSummary,
    PracticeView,
    ProfileDraft,
    SiteChange,
    SiteDraft,
    SiteView,
    WaitingPractice,
)
from ils_app.practices.sites import add_site, choose_default_site, close_site, edit_site, reopen_site

__all__ = [
    "LIST",
    "KnownSupplier",
    "Member",
    "PersonDraft",
    "PracticeDraft",
    "PracticePage",
    "PracticePerson",
    "PracticeSummary",
    "PracticeView",
    "ProfileDraft",
    "SiteChange",
    "SiteDraft",
    "SiteView",
    "StaffRole",
    "WaitingPractice",
    "add_site",
    "add_staff",
    "change_account",
    "choose_default_site",
    "close_site",
    "edit_profile",
    "edit_site",
    "edit_staff",
    "find_practices",
    "follow",
    "know_supplier",
    "known_suppliers",
    "members",
    "open_practice",
    "practice",
    "practice_of_account",
    "practices",
    "prefer_suppliers",
    "profile",
    "register",
    "remembered",
    "reopen_site",
    "staff_left",
    "staff_returned",
    "topic",
    "waiting",
]
