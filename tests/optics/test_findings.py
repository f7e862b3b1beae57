"""Findings: what is grave comes first."""

from __future__ import annotations

from ils_app.optics.findings import Eye, Finding, Severity, gravest


def test_the_gravest_of_several_findings_counts_and_of_none_there_is_none():
    mild, grave = Finding("TRC_NONE", Severity.INFO, "No trace."), Finding("TRC_NAN", Severity.ERROR, "No number.")
    assert gravest([mild, grave, mild]) is Severity.ERROR
    assert gravest([]) is None


def test_a_finding_is_plain_words_for_json():
    found = Finding("TRC_SPIKE", Severity.WARN, "A step.", Eye.LEFT, "R")
    assert found.as_dict() == {"code": "TRC_SPIKE", "severity": "warn", "message": "A step.", "eye": "L",
                               "field": "R", "fix": ""}  # fmt: skip
