"""What a lab can make, as data: rule sets, and the engine that judges a configuration by one."""

from lims_client.rules.account import AccountStanding
from lims_client.rules.engine import Evaluation, evaluate
from lims_client.rules.history import EarlierOrder
from lims_client.rules.limits import RouteName
from lims_client.rules.ruleset import Rules, RulesError, load_rules, reference_rules, rules_of
from lims_client.rules.traced import TracedFrame, TraceReader

__all__ = [
    "AccountStanding",
    "EarlierOrder",
    "Evaluation",
    "RouteName",
    "Rules",
    "RulesError",
    "TraceReader",
    "TracedFrame",
    "evaluate",
    "load_rules",
    "reference_rules",
    "rules_of",
]
