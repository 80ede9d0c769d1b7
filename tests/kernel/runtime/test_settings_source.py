"""Database settings from an address, and how web processes share connections."""

from __future__ import annotations

import pytest

from anlan.kernel.runtime.settings_source import database_settings

ADDRESS = "postgresql://duty:a%40b@/anlan?host=/run/anlan&port=5433"


def test_an_address_gives_the_parts() -> None:
    found = database_settings(ADDRESS)
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("duty", "a@b", "anlan")
    assert (found["HOST"], found["PORT"]) == ("/run/anlan", "5433")


def test_a_thread_keeps_its_connection_where_threads_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANLAN_DATABASE_POOL", raising=False)
    found = database_settings(ADDRESS)
    assert found["CONN_MAX_AGE"] > 0
    assert "pool" not in found["OPTIONS"]


def test_threads_of_requests_give_their_connections_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_DATABASE_POOL", "24")
    found = database_settings(ADDRESS + "&sslmode=require")
    assert found["CONN_MAX_AGE"] == 0
    assert found["OPTIONS"]["pool"]["max_size"] == 24
    assert found["OPTIONS"]["sslmode"] == "require"
