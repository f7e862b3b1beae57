"""What the LIMS refuses or leaves unanswered, as sentences."""

import pytest

from ils_app.engineering.errors import LabAway, NoSuchRules, NotADraft, RulesInvalid, asking_the_lab
from lims_client import LimsConflict, LimsError, LimsNotFound, LimsProtocolError, LimsRejected, LimsUnavailable
from lims_client.errors import LimsAuthError
from lims_client.models import ErrorBody, Problem

BODY = ErrorBody(
    code="c", message="Said so.", errors=(Problem(field=None, message="m"), Problem(field="a", message="n"))
)


@pytest.mark.parametrize(
    ("raised", "family", "words"),
    [
        (LimsNotFound(404, BODY), NoSuchRules, "no such rule set"),
        (LimsConflict(409, BODY), NotADraft, "Said so."),
        (LimsRejected(422, BODY), RulesInvalid, "Said so."),
        (LimsUnavailable("x", may_have_arrived=False), LabAway, "nothing was changed"),
        (LimsUnavailable("x", may_have_arrived=True), LabAway, "may have done it"),
        (LimsAuthError(401, BODY), LabAway, "refused this with 401"),
        (LimsProtocolError("x"), LabAway, "could not be understood"),
        (LimsError("x"), LabAway, "could not be asked"),
    ],
)
def test_each_has_its_family_and_sentence(raised: LimsError, family: type, words: str):
    with pytest.raises(family, match=words), asking_the_lab(changing=True):
        raise raised


def test_reading_that_got_no_answer_changed_nothing():
    with pytest.raises(LabAway, match="nothing was changed"), asking_the_lab():
        raise LimsUnavailable("x", may_have_arrived=True)


def test_a_refusal_keeps_the_sentence_of_every_place():
    with pytest.raises(RulesInvalid) as refused, asking_the_lab():
        raise LimsRejected(422, BODY)
    assert refused.value.fields == {"rules": "m", "a": "n"}
