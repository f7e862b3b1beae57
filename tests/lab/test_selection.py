"""The ticks of the board's list: a tick holds only for the job as it stood when it was ticked."""

from ils_app.lab import service as lab
from ils_app.lab.pages.rows import seen_of, still_ticked
from ils_app.lab.service import BoardView, Filters
from lims_client.models import JobStatus


async def test_a_row_that_left_the_list_or_moved_since_it_was_ticked_is_ticked_no_more(put, technician):
    stays, moves, leaves = [await put(JobStatus.QUEUED) for _ in range(3)]

    async def shown() -> dict:
        page = await lab.cards(technician, Filters(view=BoardView.ALL))
        return {str(card.order_id): seen_of(card) for card in page.cards}

    ticked = await shown()
    assert still_ticked(ticked, await shown()) == ticked
    await put(JobStatus.IN_PRODUCTION, "PICK", order_id=moves.order_id)
    await put(JobStatus.SHIPPED, "SHIP", order_id=leaves.order_id)
    assert list(still_ticked(ticked, await shown())) == [str(stays.order_id)]
