"""The stand-in project the commands are tried on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ils_app.kernel import postgres_places, postgres_programs
from tests.support.stand_in import StandIn


@pytest.fixture
def project(tmp_path: Path) -> Iterator[StandIn]:
    """A small project of its own, stopped and removed afterwards with its database."""
    folder = tmp_path / "project"
    folder.mkdir(mode=0o700)
    stand_in = StandIn(folder)
    yield stand_in
    stand_in.close()
    link = postgres_places.link_of(folder)
    if link.is_symlink():
        postgres_places.discard(link.resolve().parent)
    elif link.is_dir():
        postgres_programs.stop(link)
