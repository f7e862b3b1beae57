"""What the engineering room tells others: who changed what the lab makes, when and why."""

from uuid import UUID

from ils_app.kernel.events import Fact


class RulesPublished(Fact):
    """An engineer made a draft the rules in force."""

    sentence = "Rules {rules_version} were published: {note}"

    rules_version: str
    replaced: str | None
    note: str
    by: UUID


class RulesRolledBack(Fact):
    """An engineer put an earlier set of rules in force again."""

    sentence = "The lab went back to rules {rules_version}: {note}"

    rules_version: str
    replaced: str | None
    note: str
    by: UUID


class DeliveryReplayed(Fact):
    """Somebody had a delivery worked again."""

    sentence = "A delivery was worked again"

    inbox_id: UUID
    by: UUID


class JobRetried(Fact):
    """Somebody gave a failed job back to the queue."""

    sentence = "The job {task} was tried again"

    job_id: int
    task: str
    by: UUID
