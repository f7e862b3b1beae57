"""The door of this room; the verbs stand in `telling`, `sending`, `reading` and `mails`."""

from ils_app.notifications.mails import mails, mails_given_up, send_again
from ils_app.notifications.reading import mark_all_read, mark_read, notifications, unread_count
from ils_app.notifications.schemas import MailsPage, MailState, MailView, Notification, NotificationsPage
from ils_app.notifications.sending import forget_old, send, sweep
from ils_app.notifications.telling import spread, tell, write

__all__ = [
    "MailState",
    "MailView",
    "MailsPage",
    "Notification",
    "NotificationsPage",
    "forget_old",
    "mails",
    "mails_given_up",
    "mark_all_read",
    "mark_read",
    "notifications",
    "send",
    "send_again",
    "spread",
    "sweep",
    "tell",
    "unread_count",
    "write",
]
