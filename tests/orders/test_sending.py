"""What was saved is sent: by itself, later and later, by another worker when one dies, and in the end always."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ils_app.kernel import lims as kernel_lims
from ils_app.orders import sending
from ils_app.orders import service as orders
from ils_app.orders.schemas import OrderStatus
from lims_client import LimsClient, Timing
from lims_client.errors import LimsUnavailable
from tests.support.sandbox_process import ROOT


async def test_while_the_lab_is_away_the_next_try_is_told_and_comes_later_and_later(
    lab, wire, clinic, placed, sql, work_off
):
    wire.cut = True
    order = await placed()
    waits = []
    for _ in range(7):
        seen = await orders.order(clinic.actor, order.id)
        waits.append((seen.next_try_at - datetime.now(UTC)).total_seconds())
        await orders.send_to_lab(order.id)
    assert 3 < waits[0] < 7
    assert max(waits) <= 150
    assert waits[-1] > 10 * waits[0]
    lines = [line.what for line in await orders.timeline(clinic.actor, order.id)]
    assert lines == ["Waiting for the lab", "Order placed"]  # said once, however often it is tried
    planned = await sql(
        "SELECT scheduled_at FROM procrastinate_jobs WHERE queueing_lock = :lock", lock=f"send:{order.id}"
    )
    assert len(planned) == 1


async def test_the_lims_own_time_for_the_next_try_is_kept(lab, clinic, placed):
    told = datetime.now(UTC) + timedelta(minutes=9)
    error = LimsUnavailable("busy", retry_at=told)
    assert sending._next_try(1, error) == told


@pytest.mark.parametrize("trouble", [{"outage": True}, {"outage": True, "outage_mode": "html"}, {"error_rate": 1.0}],
                         ids=["503", "HTML 502", "500"])  # fmt: skip
async def test_whatever_the_trouble_the_order_is_saved_and_sent_once_later(
    trouble, lab, clinic, placed, jobs_of, work_off, sql, forget_failures
):
    lab.control(**trouble)
    order = await placed()
    assert (order.status, order.waiting, order.last_error) == (
        OrderStatus.SUBMITTED, True, "The lab's system does not answer.",
    )  # fmt: skip
    lab.control(outage=False, outage_mode="503", error_rate=0)
    forget_failures()
    await sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    await work_off()
    sent = await orders.order(clinic.actor, order.id)
    assert sent.job_id
    assert sent.last_error == ""
    assert len(jobs_of(clinic.id)) == 1
    assert (await orders.waiting_for_lab(clinic.actor)).count == 0


async def test_an_answer_that_cannot_be_understood_is_said_so_and_tried_again(lab, clinic, good, jobs_of):
    import httpx

    def nonsense(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"job": "made", "status": "melted"})

    asked = kernel_lims.lims()
    draft = await orders.open_draft(clinic.actor, good())
    kernel_lims.use(LimsClient(base_url=lab.base_url, api_key="k", timing=Timing(attempts=1),
                               transport=httpx.MockTransport(nonsense)))  # fmt: skip
    seen = await orders.submit(clinic.actor, draft.id, good())
    kernel_lims.use(asked)
    assert seen.waiting
    assert "cannot be understood" in seen.last_error
    assert (await orders.resend(clinic.actor, draft.id)).job_id
    assert len(jobs_of(clinic.id)) == 1


async def test_an_order_whose_job_was_lost_is_sent_by_the_sweep(lab, wire, clinic, placed, sql, jobs_of):
    wire.cut = True
    forgotten, fresh = await placed(), await placed()
    wire.cut = False
    await sql("DELETE FROM procrastinate_jobs")
    long_ago = "UPDATE orders.\"order\" SET next_try_at = now() - interval '1 hour' WHERE id = :id"
    await sql(long_ago, id=forgotten.id)
    await orders.send_forgotten()
    assert (await orders.order(clinic.actor, forgotten.id)).job_id
    assert (await orders.order(clinic.actor, fresh.id)).waiting
    await sql("UPDATE orders.\"order\" SET next_try_at = NULL, placed_at = now() - interval '1 hour'")
    await orders.send_forgotten()  # saved, and the process died before the first try
    assert (await orders.order(clinic.actor, fresh.id)).job_id
    assert len(jobs_of(clinic.id)) == 2


async def test_a_confirmation_is_asked_for_and_the_order_goes_once_it_is_given(lab, clinic, good, jobs_of):
    with_add = good(
        {"od_sphere": "1", "od_cylinder": "", "od_axis": "", "os_sphere": "1", "od_add": "2", "os_add": "2"}
    )
    draft = await orders.open_draft(clinic.actor, with_add)
    with pytest.raises(orders.NotConfirmed) as asked:
        await orders.submit(clinic.actor, draft.id, with_add)
    assert set(asked.value.fields) <= {"od_add", "os_add"}
    verdict = await kernel_lims.lims().validate_configuration(orders.read(with_add).configuration)
    ticked = tuple(
        orders.Ticked(code=one.code, eye=one.eye, by=str(clinic.actor.user_id), at=datetime.now(UTC))
        for one in verdict.findings if one.severity == "confirm"
    )  # fmt: skip
    view = await orders.submit(clinic.actor, draft.id, with_add.model_copy(update={"confirmations": ticked}))
    assert view.job_id
    assert view.draft.confirmations == ticked


async def test_a_lens_must_be_chosen_and_an_address_known(lab, clinic, good):
    bare = good(design="", lens_type="")
    draft = await orders.open_draft(clinic.actor, bare)
    with pytest.raises(orders.NotReadable) as refused:
        await orders.submit(clinic.actor, draft.id, bare)
    assert set(refused.value.fields) == {"design"}


class HoldingProxy:
    """Stands before the LIMS; passes everything on but the answers to created jobs, which it never gives."""

    def __init__(self, sandbox) -> None:
        self.host, port = sandbox.base_url.removeprefix("http://").split(":")
        self.port, self.created = int(port), asyncio.Event()

    async def __aenter__(self) -> "HoldingProxy":
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self.host, self.port)
        creating = False
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                creating = head.startswith(b"POST /jobs/create")
                back.write(head + await reader.readexactly(_length(head)))
                answer = await there.readuntil(b"\r\n\r\n")
                answer += await there.readexactly(_length(answer))
                if creating:
                    self.created.set()  # made, and nobody will hear of it
                    continue
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            back.close()
            writer.close()


def _length(head: bytes) -> int:
    lines = head.decode("latin-1").lower().split("\r\n")
    return next((int(line.split(":")[1]) for line in lines if line.startswith("content-length")), 0)


async def a_worker(database: str, ils_home, lims_url: str, sandbox) -> asyncio.subprocess.Process:
    environment = {
        **os.environ, "ILS_ENV": "test", "ILS_HOME": str(ils_home), "DATABASE_URL": database,
        "LIMS_API_BASE_URL": lims_url, "LIMS_API_KEY": sandbox.api_key, "LIMS_WEBHOOK_SECRET": sandbox.webhook_secret,
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ils_app", "worker", cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_a_worker_killed_over_an_order_leaves_one_order_and_one_job(
    lab, wire, clinic, placed, database, ils_home, sql, jobs_of, emitted
):
    wire.cut = True
    order = await placed()
    wire.cut = False
    await sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'orders.send_to_lab'")
    async with HoldingProxy(lab) as proxy:
        first = await a_worker(database, ils_home, proxy.url, lab)
        await asyncio.wait_for(proxy.created.wait(), 60)
        first.kill()
        await first.communicate()
    held = await sql("SELECT task_name FROM procrastinate_jobs WHERE status = 'doing'")
    assert "orders.send_to_lab" in {row.task_name for row in held}
    assert (await orders.order(clinic.actor, order.id)).job_id == ""
    assert len(jobs_of(clinic.id)) == 1
    await sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")  # its heart stopped then

    heard = asyncio.Event()
    from ils_app.kernel import live

    async def listen(topics) -> None:
        if f"order:{order.id}" in topics:
            heard.set()

    end = live.subscribe(listen)
    async with live.relay():
        second = await a_worker(database, ils_home, lab.base_url, lab)
        await asyncio.wait_for(heard.wait(), 60)
        end()
        second.terminate()
        _, log = await second.communicate()
    assert second.returncode == 0, log.decode()[-2000:]
    assert b"job_rescued" in log
    seen = await orders.order(clinic.actor, order.id)
    assert seen.status is OrderStatus.IN_PRODUCTION
    assert [job["jobId"] for job in jobs_of(clinic.id)] == [seen.job_id]
    assert (await emitted()).count("OrderSent") == 1
