from __future__ import annotations

import pytest
from django.test import Client

from anlan.kernel.ledgers import ledger_of, save_row
from anlan.places.identity import context_of
from tests.cast import BAJIAO, DISTRICT, GUCHENG, HAIDIAN, person, settle, signed_in


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.ATTACHMENT_DIR = str(tmp_path / "attachments")


@pytest.fixture
def teams(db):
    settle()
    return ledger_of("registry.team")


@pytest.fixture
def bureau(teams):
    """The emergency bureau's man: may enter, correct, bring in and take out in the whole district."""
    return person("bureau", DISTRICT, "emergency")


@pytest.fixture
def street(teams):
    return person("street", GUCHENG, "town")


@pytest.fixture
def stranger(teams):
    return person("stranger", HAIDIAN, "emergency", "duty_officer")


@pytest.fixture
def browse():
    """``browse(person)`` is that person's browser."""
    return lambda somebody: signed_in(Client(), somebody)


@pytest.fixture
def team(teams, bureau):
    values = {
        "code": "t1",
        "name": "古城应急中队",
        "scope": "110107004000",
        "kind": "T3",
        "people": 28,
        "position": "116.1875,39.911",
    }
    return save_row(context_of(bureau), teams, values)


@pytest.fixture
def other_team(teams, bureau):
    values = {
        "code": "t2",
        "name": "八角应急中队",
        "scope": "110107003000",
        "kind": "T3",
        "people": 30,
        "position": "116.203,39.911",
    }
    return save_row(context_of(bureau), teams, values)


__all__ = ["BAJIAO", "GUCHENG"]
