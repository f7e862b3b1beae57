"""Bodies over the wire and back."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lims_client import Configuration, Confirmation, CreateJobRequest, Finding, Prescription, RuleSet, ValidationResult
from lims_client.models import Job, SimulationRequest

hundredths = st.integers(-99_999, 99_999).map(lambda n: Decimal(n) / 100)


@given(hundredths)
def test_a_power_goes_over_the_wire_as_a_number_and_comes_back_exact(power):
    body = json.dumps(Prescription(od_sphere=power).to_wire())
    assert isinstance(json.loads(body)["odSphere"], float)
    assert Prescription.from_wire(body).od_sphere == power


@pytest.mark.parametrize("text", ["-2.37", "0.1", "64.3", "-0.12", "1e1"])
def test_a_number_of_the_lims_is_read_as_it_is_written(text):
    assert Prescription.from_wire(f'{{"odSphere": {text}}}').od_sphere == Decimal(text)


@pytest.mark.parametrize("word", ["NaN", "Infinity", '"NaN"'])
def test_what_is_no_number_is_no_power(word):
    with pytest.raises(ValidationError):
        Prescription.from_wire(f'{{"odSphere": {word}}}')


def test_absent_values_are_left_out_but_rules_keep_their_nulls():
    assert "osSphere" not in Prescription(od_sphere=1).to_wire()
    assert RuleSet(version="1", state="draft", rules={"limit": None}).to_wire()["rules"] == {"limit": None}


def test_one_coating_is_the_same_as_a_list_of_one():
    rx = Prescription(od_sphere=-2)
    one = Configuration(prescription=rx, coating="ar")
    assert one == Configuration(prescription=rx, coatings=["ar"])
    assert Configuration(prescription=rx, coatings=["ar", "hc"], coating="ar").coatings == ("ar", "hc")
    assert Configuration.from_wire(b'{"prescription": {}, "coating": "ar"}').coatings == ("ar",)
    assert "coating" not in one.to_wire()


def test_a_time_given_without_a_zone_is_utc_everywhere():
    tick = Confirmation(code="RX_ANISO", by="ecp-1", at=datetime(2025, 11, 3, 9))  # noqa: DTZ001
    assert tick.at == datetime(2025, 11, 3, 9, tzinfo=UTC)
    assert tick.to_wire()["at"] == "2025-11-03T09:00:00Z"


def test_the_names_of_times_without_a_zone_are_collected():
    naive: list[str] = []
    body = {"jobId": "J", "status": "queued", "estimatedCompletionDate": "2025-11-03T09:00:00"}
    Job.from_wire(json.dumps(body), naive=naive)
    assert naive == ["estimatedCompletionDate"]


def test_the_verdict_is_the_worst_finding():
    def verdict(*severities: str) -> tuple[bool, str]:
        result = ValidationResult.of([Finding(code="X", severity=one, message="m") for one in severities])
        return result.is_valid, result.decision

    assert verdict() == (True, "accept")
    assert verdict("info") == (True, "accept")
    assert verdict("info", "warn") == (True, "warn")
    assert verdict("confirm", "warn") == (True, "confirm")
    assert verdict("confirm", "hold") == (True, "hold")
    assert verdict("reject", "hold") == (False, "reject")


def test_a_status_that_is_no_plain_word_is_not_repeated_in_the_error():
    with pytest.raises(ValidationError) as caught:
        Job.from_wire('{"jobId": "J", "status": "Ada Lovelace"}')
    assert "unknown job status;" in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_models_that_hold_a_patients_data_do_not_print_it_in_errors():
    with pytest.raises(ValidationError) as caught:
        CreateJobRequest(prescription={"od_sphere": "Lovelace"}, patient_id=["Ada"])
    assert "Lovelace" not in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_bodies_cannot_be_changed_after_they_are_made():
    with pytest.raises(ValidationError):
        Prescription(od_sphere=1).od_sphere = Decimal(2)


def test_the_configuration_of_a_request_is_the_request_without_its_notes():
    request = CreateJobRequest(prescription=Prescription(od_sphere=-2), metadata={"a": 1}, patient_id="p", extra="kept")
    assert type(request.configuration()) is Configuration
    assert request.configuration().to_wire() == {k: v for k, v in request.to_wire().items() if k != "metadata"}


def test_a_simulation_takes_jobs_or_a_number_of_them():
    for wrong in ({}, {"jobs": ["J"], "last": 3}, {"last": 0}):
        with pytest.raises(ValidationError):
            SimulationRequest(**wrong)
