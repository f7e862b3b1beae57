"""The floor as data agrees with the LIMS's own stations and moves."""

from itertools import chain

from ils_app.lab.floor import BY_HAND, FLOOR, GONE, HALTED, LABELS, MOVE_WORDS, SHIPPED_STAGE, STATIONS, stage_of
from lims_client.models import JobStatus
from lims_client.rules.ruleset import reference_rules
from lims_client.sandbox.moves import LEGAL


def test_every_job_status_has_a_stage_or_stays_where_it_stood():
    for status in JobStatus:
        stage = stage_of(status)
        assert (stage is None) == (status in HALTED)
        assert stage is None or stage in LABELS
    assert stage_of(JobStatus.SHIPPED) == SHIPPED_STAGE
    assert stage_of(JobStatus.COMPLETED) == stage_of(JobStatus.CANCELLED) == GONE


def test_every_station_of_the_reference_rules_lies_in_one_stage_and_has_a_word():
    routing = reference_rules().to_wire()["routing"]
    used = {step["station"] for step in chain(routing["stockUncut"], routing["stockCut"], routing["surfaced"])}
    assert used == set(STATIONS)
    assert sum(len(stage.stations) for stage in FLOOR) == len(STATIONS)


def test_a_station_nobody_has_heard_of_stands_under_in_production():
    assert stage_of(JobStatus.IN_PRODUCTION, "LASER-9") == "making"
    assert stage_of(JobStatus.QUALITY_CHECK, "LASER-9") == "inspection"


def test_every_move_by_hand_is_one_the_lims_knows_and_has_words():
    for here, onward in BY_HAND.items():
        for to in onward:
            assert to in LEGAL[here]
            assert MOVE_WORDS[here, to]
