"""Partitions of the blocks: made while others write to the table, by several writers at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import connection, transaction

from anlan.sensing import store
from anlan.sensing.store.blocks import make_partitions
from tests.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def instants(*years: int):
    return np.array([store.micros(datetime(year, 6, 1, tzinfo=UTC)) for year in years])


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'sensing_block'::regclass")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture(autouse=True)
def gone_afterwards():
    yield
    with connection.cursor() as cursor:
        for year in (1951, 1952, 1953):
            cursor.execute(f"DROP TABLE IF EXISTS sensing_block_{year}")


def test_two_writers_with_rows_in_hand_make_partitions_at_once():
    make_partitions(instants(1951))
    have_written = threading.Barrier(2)

    def write(*years: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # What it writes first keeps a lock on the table until it ends.
            cursor.execute("DELETE FROM sensing_block WHERE start < '1952-01-01'")
            have_written.wait(PATIENCE)
            make_partitions(instants(*years))

    assert at_once(lambda: write(1952, 1953), lambda: write(1953, 1952)) == [None, None]
    assert {"sensing_block_1951", "sensing_block_1952", "sensing_block_1953"} <= partitions()


def test_a_partition_has_the_indexes_of_the_table():
    make_partitions(instants(1951))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'sensing_block_1951'::regclass")
        assert cursor.fetchone()[0] == 2
        cursor.execute(
            "SELECT count(*) FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid"
            " WHERE x.indrelid = 'sensing_block_1951'::regclass"
        )
        assert cursor.fetchone()[0] == 2
