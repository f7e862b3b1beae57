"""The engineering room's door: rules, what a draft would change, deliveries, jobs that have given up, how ILS is."""

from ils_app.engineering.deliveries import deliveries, delivery, delivery_counts, failed_jobs, replay, retry_job
from ils_app.engineering.health import system_health
from ils_app.engineering.rule_sets import change, difference, publish, roll_back, rule_set, rule_sets, start_draft
from ils_app.engineering.trying import simulate

__all__ = [
    "change",
    "deliveries",
    "delivery",
    "delivery_counts",
    "difference",
    "failed_jobs",
    "publish",
    "replay",
    "retry_job",
    "roll_back",
    "rule_set",
    "rule_sets",
    "simulate",
    "start_draft",
    "system_health",
]
