"""The contract's rules: versions read, drafted, tried on past jobs, published and rolled back."""

import json
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from lims_client.models import (
    Configuration,
    ErrorBody,
    Finding,
    RuleSet,
    RuleSetDraft,
    RuleSetState,
    SimulationRequest,
    SimulationResult,
)
from lims_client.rules import Rules, evaluate
from lims_client.sandbox.access import OneLab, with_key
from lims_client.sandbox.lab import Lab

MOST_SIMULATED = 2000

routes = APIRouter(
    prefix="/rules",
    tags=["rules"],
    dependencies=[Depends(with_key)],
    responses={401: {"model": ErrorBody}, 404: {"model": ErrorBody}, 409: {"model": ErrorBody}},
)


@routes.get("", response_model=list[RuleSet])
async def rule_sets(lab: OneLab, state: RuleSetState | None = None) -> JSONResponse:
    """Every rule set, newest first, or those in one state."""
    return JSONResponse(lab.rule_sets.all(state))


@routes.post("", response_model=RuleSet, status_code=201)
async def create(draft: RuleSetDraft, lab: OneLab) -> JSONResponse:
    """A new draft: `rules`, or a copy of the set it is based on."""
    return JSONResponse(lab.rule_sets.create(draft), status_code=201)


@routes.get("/{version}", response_model=RuleSet)
async def rule_set(version: str, lab: OneLab) -> JSONResponse:
    """One rule set."""
    return JSONResponse(lab.rule_sets.get(version))


@routes.put("/{version}", response_model=RuleSet)
async def change(version: str, draft: RuleSetDraft, lab: OneLab) -> JSONResponse:
    """Change a draft; 422 with the path and a sentence for each line that cannot be."""
    return JSONResponse(lab.rule_sets.change(version, draft))


@routes.post("/{version}/simulate", response_model=SimulationResult)
async def simulate(version: str, request: SimulationRequest, lab: OneLab) -> JSONResponse:
    """Judge past jobs by a draft and by the published rules: the decisions, and the findings gained and lost."""
    draft = lab.rule_sets.rules(version)
    rows = _chosen(lab, request)
    jobs = [_compared(row["job_id"], row["configuration"], lab.rule_sets.published, draft) for row in rows]
    return JSONResponse({"version": version, "jobs": jobs})


@routes.post("/{version}/publish", response_model=RuleSet)
async def publish(version: str, lab: OneLab) -> JSONResponse:
    """Make a draft the published set; the one before retires, and everybody registered is told."""
    return JSONResponse(lab.rule_sets.publish(version))


@routes.post("/{version}/rollback", response_model=RuleSet)
async def rollback(version: str, lab: OneLab) -> JSONResponse:
    """Publish a retired set again. Asked of the published one, the set before it returns."""
    return JSONResponse(lab.rule_sets.rollback(version))


def _chosen(lab: Lab, request: SimulationRequest) -> list[Any]:
    if request.jobs is not None:
        return [lab.jobs.row(job_id) for job_id in request.jobs[:MOST_SIMULATED]]
    return lab.database.all(
        "SELECT job_id, configuration FROM job ORDER BY number DESC LIMIT :last",
        last=min(request.last or 0, MOST_SIMULATED),
    )


def _compared(job_id: str, configuration: str, published: Rules, draft: Rules) -> dict[str, Any]:
    asked = Configuration.model_validate(json.loads(configuration))
    # Built on neither set: that the rules changed since is not what the engineer asks.
    asked = asked.model_copy(update={"rules_version": None})
    before, after = evaluate(asked, published), evaluate(asked, draft)
    known = {_mark(finding): finding for finding in before.findings}
    new = {_mark(finding): finding for finding in after.findings}
    return {
        "jobId": job_id,
        "decisionBefore": before.decision,
        "decisionAfter": after.decision,
        "findingsGained": [finding.to_wire() for mark, finding in new.items() if mark not in known],
        "findingsLost": [finding.to_wire() for mark, finding in known.items() if mark not in new],
    }


def _mark(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.eye, finding.field, finding.severity, finding.message
