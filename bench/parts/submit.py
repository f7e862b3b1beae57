"""From an order to its job id, through the door and over HTTP: one at a time, fifty, and a thousand at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import uuid4

from bench.goals import Goal
from bench.house import House
from bench.measuring import Sample, in_turns
from bench.pages import ECP
from bench.results import Result

LOADS = {1: 60, 50: 500, 1000: 1000}
"""How many orders are placed by so many callers at once."""
PATIENT = """
SELECT t.id FROM patients.patient t JOIN auth.person p ON p.organisation_id = t.practice_id
WHERE p.email = %s LIMIT 1"""
PAGE = 200
SLOWER = "≤ 1.5 × the twin"
PER_SECOND = Goal(f"≥ 100/s, {SLOWER}", at_least=100, ratio_at_least=1 / 1.5)
Placed = Sequence[tuple[str, str, str]]
JobMade = tuple[str, str]  # order number, job id


def measure(house: House) -> Iterable[Result]:
    """Latency and throughput of both ways at each load, and what became of every order."""
    token = house.token(ECP, "api")
    patient = str(house.ils.sql(PATIENT, ECP)[0][0])
    twin_url = house.asgi("submit-twin", "bench.twins.submit:app", house.ils.environ)
    lims_books = LimsBooks(house)
    wrong = 0

    def turn(load: str, *words: object) -> Callable[[int, int], Sample]:
        def placed(at_once: int, orders: int) -> Sample:
            nonlocal wrong
            reference = f"bench-{uuid4().hex[:12]}"
            found = house.load(load, *words, token, patient, reference, at_once, orders, environ=house.ils.environ)
            house.rest()
            wrong += lost_or_doubled(house, reference, found["placed"], orders, lims_books.fresh())
            sample: Sample = found["sample"]
            return sample

        return placed

    ways = {
        "through the door": (turn("loads.orders_door", "ours"), turn("loads.orders_door", "twin")),
        "over HTTP": (turn("loads.orders_http", house.ils.url), turn("loads.orders_http", twin_url)),
    }
    for way, (ours, twin) in ways.items():
        for at_once, orders in LOADS.items():
            found = in_turns(
                house.rounds,
                ours=lambda: ours(at_once, orders),  # noqa: B023 - called before the loop goes on
                twin=lambda: twin(at_once, orders),  # noqa: B023
            )
            yield from house.results(f"submit: {way}, {at_once} at once", found, _lines(at_once))
    yield house.result("submit: orders lost or doubled", wrong, "", goal=Goal("none", below=1))


class LimsBooks:
    """The jobs the LIMS has made, read page by page over its own API: each call gives those since the last one."""

    def __init__(self, house: House) -> None:
        self._house, self._cursor = house, ""
        self.fresh()

    def fresh(self) -> list[JobMade]:
        """Jobs that were made or changed since the last call."""
        found: list[JobMade] = []
        while True:
            after = f"&cursor={self._cursor}" if self._cursor else ""
            page = self._house.ils.lims("GET", f"jobs?limit={PAGE}{after}")
            found += [(job.get("orderNumber", ""), job["jobId"]) for job in page["jobs"]]
            if "nextCursor" not in page:
                return found
            self._cursor = page["nextCursor"]


def lost_or_doubled(house: House, reference: str, placed: Placed, orders: int, made: Collection[JobMade]) -> int:
    """How many of these orders are not exactly once in ILS and exactly once, as the same job, in the LIMS.

    An order whose caller was told of a failure may be there or not, but never twice and never without its job.
    """
    query = 'SELECT id::text, number, job_id FROM orders."order" WHERE reference = %s AND number IS NOT NULL'
    kept = {tuple(row) for row in house.ils.sql(query, reference)}
    jobs = Counter(number for number, _ in made)
    unmade = {one for one in kept if jobs[one[1]] != 1 or (one[1], one[2]) not in made}
    return len(unmade | ({tuple(one) for one in placed} ^ kept if len(placed) == orders else set()))


def _lines(at_once: int) -> list[tuple[str, str, str, Goal]]:
    quick = (
        Goal(f"< 500 ms, {SLOWER}", below=500, ratio_at_most=1.5) if at_once == 50 else Goal(SLOWER, ratio_at_most=1.5)
    )
    lines = [("p50", "p50", "ms", Goal(SLOWER, ratio_at_most=1.5)), ("p99", "p99", "ms", quick)]
    lines.append(("failed", "calls that failed", "", Goal("none", below=1)))
    lines.append(("per_second", "orders", "/s", PER_SECOND if at_once > 1 else Goal(SLOWER, ratio_at_least=1 / 1.5)))
    if at_once == 1000:
        lines.append(("last", "the last job id", "s", Goal("< 10 s", below=10)))
    return lines
