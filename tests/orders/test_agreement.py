"""No order that the form calls good is refused by the LIMS: the form's own judgement and the LIMS's, order by order."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ils_app.catalog import service as catalog
from ils_app.orders import service as orders
from lims_client.models import Configuration, Decision, ValidationResult
from lims_client.rules import Evaluation, Rules, evaluate
from lims_client.rules.short_names import from_short_names
from tests.support.random_orders import random_orders

COUNT = 10_000
SEED = 20_261_124
LINES = 6
SHARED = Path(os.environ.get("ILS_OPTICS_DATA") or Path(__file__).resolve().parents[3] / "shared" / "optics")
GOLDEN = SHARED / "golden_orders.json"


class Line:
    """One kept-alive connection to the LIMS; plain HTTP/1.1, so that ten thousand questions are asked in a minute."""

    def __init__(self, sandbox) -> None:
        self.address, self.key = urlsplit(sandbox.base_url), sandbox.api_key

    async def __aenter__(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection(self.address.hostname, self.address.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    def ask(self, body: bytes) -> None:
        head = (
            f"POST /validation HTTP/1.1\r\nHost: {self.address.netloc}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)

    async def answer(self) -> tuple[int, bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")
        )
        return int(head.split(" ", 2)[1]), await self.reader.readexactly(length)


def judged(verdict: Evaluation | ValidationResult) -> tuple:
    """What the two must agree on."""
    said = sorted((one.code, one.severity, one.eye or "", one.field or "") for one in verdict.findings)
    return verdict.decision, said, verdict.price.total_minor if verdict.price else None


async def differences(sandbox, rules: Rules, asked: Iterable[Configuration]) -> tuple[Counter, list]:
    """How the LIMS decided, and every configuration on which the form would have decided otherwise."""
    queue, decisions, different = iter(asked), Counter(), []

    async def talk() -> None:
        async with Line(sandbox) as line:
            for configuration in queue:
                line.ask(json.dumps(configuration.to_wire()).encode())
                ours = evaluate(configuration, rules)  # while the LIMS thinks
                status, body = await line.answer()
                assert status == 200, body
                theirs = ValidationResult.from_wire(body)
                decisions[theirs.decision] += 1
                if judged(ours) != judged(theirs):
                    different.append((configuration.to_wire(), judged(ours), judged(theirs)))

    await asyncio.gather(*(talk() for _ in range(LINES)))
    return decisions, different


async def test_ten_thousand_random_orders_are_judged_the_same_by_the_form_and_the_lims(lab, clinic, capsys):
    offer = await catalog.offer(clinic.actor)
    assert offer.rules is not None
    unread = Counter()

    def as_read():
        for draft in random_orders(COUNT, offer, SEED):
            reading = orders.read(draft)
            unread["said by the form alone"] += bool(reading.problems)
            yield reading.configuration

    decisions, different = await differences(lab, offer.rules, as_read())
    with capsys.disabled():
        counts = ", ".join(f"{n} {decision}" for decision, n in sorted(decisions.items()))
        print(f"\n  {COUNT} random orders (seed {SEED}): {counts}; {dict(unread)}; {len(different)} judged differently")
    assert different == []
    assert decisions.total() == COUNT
    assert set(decisions) == set(Decision)  # or the sample says too little
    assert decisions[Decision.REJECT] < COUNT * 0.85


@pytest.mark.skipif(not GOLDEN.is_file(), reason="no shared golden orders here")
async def test_the_golden_orders_are_judged_the_same_by_the_form_and_the_lims(lab, clinic, capsys):
    offer = await catalog.offer(clinic.actor)
    golden = [from_short_names(one, offer.rules) for one in json.loads(GOLDEN.read_text("utf-8"))["orders"]]
    without_account = [configuration for configuration, account in golden if account is None]
    decisions, different = await differences(lab, offer.rules, without_account)
    with capsys.disabled():
        print(f"\n  {decisions.total()} golden orders: {dict(decisions)}; {len(different)} judged differently")
    assert different == []


async def test_a_sample_of_what_the_form_calls_good_is_made_by_the_lims(lab, clinic, good, jobs_of):
    """The whole way: drafts the form calls good are placed, and every one becomes a job; none is refused."""
    offer = await catalog.offer(clinic.actor)
    placed = 0
    for draft in random_orders(1_000, offer, SEED + 1):
        draft = draft.model_copy(update={"patient_id": clinic.patient_id})
        reading = orders.read(draft)
        if reading.problems or evaluate(reading.configuration, offer.rules).decision in (
            Decision.REJECT, Decision.CONFIRM,
        ):  # fmt: skip
            continue
        opened = await orders.open_draft(clinic.actor, draft)
        view = await orders.submit(clinic.actor, opened.id, draft)
        assert view.job_id
        assert not view.refused
        placed += 1
        if placed == 40:
            break
    assert placed == 40
    assert len(jobs_of(clinic.id)) == 40
