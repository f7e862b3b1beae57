"""The contract as checks that run against any LIMS by its URL, with a report by capability.

    python -m lims_client.contract --base-url https://lims.example/api --api-key ...

They make jobs (and cancel them), publish a copy of the rules (and roll it back) and register webhooks (and remove
them): point them at a test account.
"""

from lims_client.contract.report import CheckResult, Outcome, Report
from lims_client.contract.run import run_contract

__all__ = ["CheckResult", "Outcome", "Report", "run_contract"]
