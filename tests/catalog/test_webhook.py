"""The catalog's webhook: proven, kept once, answered at once, applied by a job."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from ils_app.catalog import api, handlers, service
from ils_app.kernel import inbox, jobs
from ils_app.kernel.inbox import DeliveryState
from lims_client import LimsUnavailable

PATH = "/api/webhooks/lims-catalog-update"
# As the fixture `lims` has it.
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIz"  # pragma: allowlist secret


@pytest.fixture
async def http(lims) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app), base_url="http://ils") as client:
        yield client


async def deliver(
    http: httpx.AsyncClient,
    rules_version: str,
    *,
    delivery_id: str | None = None,
    secret: str = SECRET,
    **changes: object,
) -> httpx.Response:
    event = {"type": "catalog.updated", "version": "c", "rulesVersion": rules_version, **changes}
    body, delivery_id, at = json.dumps(event), delivery_id or f"msg_{uuid4().hex}", datetime.now(UTC)
    headers = {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery_id, at, body),
    }
    return await http.post(PATH, content=body, headers=headers)


async def states() -> list[tuple[DeliveryState, str]]:
    return [(one.state, one.outcome) for one in await inbox.deliveries()]


async def test_a_delivery_is_kept_answered_and_applied_by_the_job(http, lims):
    await service.refresh()
    lims.change("2")
    asked = len(lims.asked)
    answer = await deliver(http, "2")
    assert answer.status_code == 202
    assert len(lims.asked) == asked  # nothing but keeping happens while the LIMS waits
    assert await states() == [(DeliveryState.WAITING, "")]
    await jobs.work_off()
    assert (await service.current()).rules_version == "2"
    assert await states() == [(DeliveryState.APPLIED, "Version 2 of the catalog, rules 2, is in force.")]


async def test_the_same_delivery_twice_is_kept_and_worked_once(http, lims):
    await service.refresh()
    lims.change("2")
    answers = [await deliver(http, "2", delivery_id="msg_1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    await jobs.work_off()
    assert len(await states()) == 1
    assert (await service.current()).number == 2


async def test_another_delivery_of_what_is_known_changes_nothing(http, lims):
    lims.change("2")
    await service.refresh()
    await deliver(http, "2")
    await jobs.work_off()
    assert await states() == [(DeliveryState.REPEATED, "Version 1 of the catalog, rules 2, is in force.")]


async def test_a_late_delivery_of_an_older_version_leaves_the_newer_in_force(http, lims):
    lims.change("3")
    await service.refresh()
    await deliver(http, "2")
    await jobs.work_off()
    assert (await service.current()).rules_version == "3"
    assert await states() == [(DeliveryState.REPEATED, "Rules 2 are no longer in force; the lab is at 3.")]


async def test_with_the_lab_away_the_delivery_says_so_and_the_next_try_applies_it(http, lims):
    lims.change("2")
    await deliver(http, "2")
    (delivery,) = await inbox.deliveries()
    lims.down = True
    with pytest.raises(LimsUnavailable):
        await handlers.apply_update(str(delivery.id))
    assert await states() == [(DeliveryState.FAILED, "The lab did not answer; the job tries again by itself.")]
    lims.down = False
    await handlers.apply_update(str(delivery.id))
    (state,) = await states()
    assert state[0] is DeliveryState.APPLIED


async def test_an_answer_outside_the_contract_is_called_that(http, lims):
    await deliver(http, "2")
    (delivery,) = await inbox.deliveries()
    lims.entries = [{"id": "no name, no category"}]
    with pytest.raises(Exception, match="contract"):
        await handlers.apply_update(str(delivery.id))
    assert await states() == [
        (DeliveryState.FAILED, "The lab's answer could not be used; the job tries again by itself.")
    ]


async def test_a_forged_signature_is_refused_and_nothing_kept(http):
    answer = await deliver(http, "2", secret="whsec_" + "Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2Vk")
    assert answer.status_code == 401
    assert await states() == []


async def test_a_proven_body_that_cannot_be_read_is_refused_with_the_reason(http):
    answer = await deliver(http, "2", rulesVersion=None)
    assert answer.status_code == 400
    assert "rulesVersion" in answer.json()["message"]


async def test_a_status_event_at_the_catalogs_door_is_sent_to_the_right_one(http):
    answer = await deliver(http, "2", type="job.status_changed", jobId="J1", newStatus="queued")
    assert answer.status_code == 400
    assert "lims-status" in answer.json()["message"]
    assert await states() == []
