"""A refusal is seen: beside its fields where the form has them, as a toast where it has not."""

import pytest

from ils_app.kernel.errors import Conflict, Invalid
from ils_app.ui import errors


def test_the_sentences_of_a_form_are_those_of_its_own_fields():
    refused = Invalid("Not so.", fields={"name": "A name is needed.", "elsewhere": "Not on this form."})
    assert errors.beside(refused, ("name", "email")) == {"name": "A name is needed.", "email": ""}


@pytest.mark.parametrize("refused", [Conflict("It moved on."), Invalid("Not so.", fields={"elsewhere": "No."})])
def test_a_refusal_that_no_field_of_the_form_would_show_is_raised_again(refused):
    with pytest.raises(type(refused)) as raised:
        errors.beside(refused, ("name", "email"))
    assert raised.value is refused
