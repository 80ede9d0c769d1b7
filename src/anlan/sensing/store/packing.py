"""Readings as bytes. Little-endian, no Django: what is written here is read again for years, so the layouts carry a version.

Times are int64 microseconds since 1970-01-01 UTC and end the period; a value that is NaN is known to be missing.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

GOOD, MISSING, CORRECTED = 0, 1, 2
US = 1_000_000
HOUR_US = 3600 * US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: First byte of a packed block: one reading after the other, or column by column and compressed.
_ROWS, _COLUMNS = b"\x01", b"\x02"
#: Fewer than this are not worth compressing.
_FEW = 24

#: One reading of a block. `lag`: received minus time (µs); `origin`: number of where it came from.
READING = np.dtype([("time", "<i8"), ("value", "<f8"), ("quality", "u1"), ("lag", "<i8"), ("origin", "<i2")])
#: What one datastream measured in one hour; see `cells.Cells`. `key` is the datastream of a frame, the hour of an hour block.
CELL = np.dtype(
    [("key", "<i8"), ("came", "<u4"), ("known", "<u4"), ("total", "<f8"), ("least", "<f8"), ("most", "<f8"), ("last", "<f8"),
     ("last_us", "<i8"), ("anew", "u1")]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings of one datastream, oldest first, each time once."""

    time_us: Ints
    value: Floats
    quality: Bytes
    received_us: Ints


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The aware datetime of `micros`."""
    return _EPOCH + timedelta(microseconds=int(us))


def pack_entry(stream: NDArray[np.int32], time_us: Ints, value: Floats, quality: Bytes) -> bytes:
    """A journal entry: ``stream int32[n] | time int64[n] | value float64[n] | quality uint8[n]``."""
    parts = ((stream, "<i4"), (time_us, "<i8"), (value, "<f8"), (quality, "u1"))
    return b"".join(np.ascontiguousarray(a, dtype=d).tobytes() for a, d in parts)


def unpack_entry(payload: bytes | memoryview, n: int) -> tuple[NDArray[np.int32], Ints, Floats, Bytes]:
    """The arrays of `pack_entry` (read only)."""
    if len(payload) != 21 * n:
        raise ValueError(f"a journal entry of {n} readings has {len(payload)} bytes instead of {21 * n}")
    return (
        np.frombuffer(payload, "<i4", n, 0), np.frombuffer(payload, "<i8", n, 4 * n),
        np.frombuffer(payload, "<f8", n, 12 * n), np.frombuffer(payload, "u1", n, 20 * n),
    )  # fmt: skip


def pack_records(rows: NDArray[np.void]) -> bytes:
    """Records of `READING` or `CELL` as bytes; many of them column by column, bytes of equal weight together, compressed."""
    if len(rows) < _FEW:
        return _ROWS + rows.tobytes()
    names: Sequence[str] = rows.dtype.names or ()
    columns = (_shuffled(_steps(rows[name]) if name in ("time", "key") else rows[name]) for name in names)
    return _COLUMNS + zlib.compress(b"".join(columns), 1)


def unpack_records(payload: bytes | memoryview, n: int, layout: np.dtype[np.void]) -> NDArray[np.void]:
    """The `n` records of `pack_records`."""
    kind = bytes(payload[:1])
    if kind == _ROWS:
        return np.frombuffer(payload, layout, n, 1)
    if kind != _COLUMNS:
        raise ValueError(f"a block begins with {kind!r}: it was written by a newer version")
    raw = np.frombuffer(zlib.decompress(memoryview(payload)[1:]), np.uint8)
    rows = np.empty(n, layout)
    at = 0
    for name in layout.names or ():
        field = layout[name]
        size = n * field.itemsize
        column = np.ascontiguousarray(raw[at : at + size].reshape(field.itemsize, n).T).view(field)[:, 0]
        rows[name] = np.cumsum(column) if name in ("time", "key") else column
        at += size
    return rows


def _steps(column: Ints) -> Ints:
    """The first, then the differences: regular series become runs of one number."""
    steps = np.diff(column, prepend=np.zeros(1, column.dtype))
    return np.asarray(steps, column.dtype)


def _shuffled(column: NDArray[np.generic]) -> bytes:
    plain = np.ascontiguousarray(column)
    return plain.view(np.uint8).reshape(len(plain), plain.dtype.itemsize).T.tobytes()
