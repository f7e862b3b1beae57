"""The page about the bodies says what the models say."""

from pathlib import Path

from pydantic import BaseModel

from lims_client import models
from lims_client.models import Action, JobFields, Wire
from lims_client.schemas_doc import SECTIONS, document

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date():
    written = (ROOT / "docs" / "LIMS_CLIENT_SCHEMAS.md").read_text()
    assert written == document(), "run: python -m lims_client.schemas_doc > docs/LIMS_CLIENT_SCHEMAS.md"


def test_every_body_is_on_the_page_and_every_field_has_a_meaning():
    shown = {kind for _, _, kinds in SECTIONS for kind in kinds}
    bodies = {kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, Wire)}
    assert bodies - {Wire, JobFields, Action} == shown
    for kind in shown:
        for name, field in kind.model_fields.items():
            assert field.description or name == "type", f"{kind.__name__}.{name}"
    assert BaseModel not in shown
