"""The door of the practices room; the verbs stand in `reading`, `opening`, `profile` and `roster`."""

from ils_app.practices.opening import open_practice, register, waiting
from ils_app.practices.profile import edit_profile
from ils_app.practices.reading import practice, practice_of_account, practices, profile
from ils_app.practices.room import topic
from ils_app.practices.roster import add_person
from ils_app.practices.schemas import PersonDraft, PracticeDraft, PracticeView, ProfileDraft, SiteDraft, WaitingPractice

__all__ = [
    "PersonDraft",
    "PracticeDraft",
    "PracticeView",
    "ProfileDraft",
    "SiteDraft",
    "WaitingPractice",
    "add_person",
    "edit_profile",
    "open_practice",
    "practice",
    "practice_of_account",
    "practices",
    "profile",
    "register",
    "topic",
    "waiting",
]
