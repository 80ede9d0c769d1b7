"""The bus as the engine and the pages see it: one stream of announcements, one durable consumer per room."""

from __future__ import annotations

import contextlib
from typing import Any

import nats
from django.conf import settings
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig

STREAM = "EVENTS"
PREFIX = "anlan.event."


async def connect(name: str) -> Client:
    """A connection that comes back by itself for as long as the process lives."""
    return await nats.connect(
        settings.NATS_URL, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.5, connect_timeout=5
    )


async def prepare_stream(js: JetStreamContext) -> None:
    """The stream keeps a week of announcements; the outbox table stays the record."""
    config = StreamConfig(
        name=STREAM, subjects=[f"{PREFIX}>"], storage=StorageType.FILE, retention=RetentionPolicy.LIMITS,
        max_age=7 * 86400, duplicate_window=3600, max_bytes=2 * 1024**3,
    )  # fmt: skip
    try:
        await js.add_stream(config)
    except nats.js.errors.BadRequestError:
        await js.update_stream(config)


async def room_consumer(js: JetStreamContext, room: str, subjects: list[str]) -> JetStreamContext.PullSubscription:
    """The durable pull consumer of a room, in order.

    What a killed engine had fetched would come back only after `ack_wait`, and out of order; so the consumer is laid anew from the
    first unacknowledged message. There is one engine; should it die between the two calls, everything is delivered again and
    the inbox drops it.
    """
    name = f"room-{room}"
    start: dict[str, Any] = {"deliver_policy": DeliverPolicy.ALL}
    with contextlib.suppress(nats.js.errors.NotFoundError):
        floor = (await js.consumer_info(STREAM, name)).ack_floor
        if floor is not None and floor.stream_seq:
            start = {"deliver_policy": DeliverPolicy.BY_START_SEQUENCE, "opt_start_seq": floor.stream_seq + 1}
        await js.delete_consumer(STREAM, name)
    config = ConsumerConfig(
        durable_name=name, filter_subjects=[PREFIX + s for s in subjects], ack_wait=60, max_deliver=-1, max_ack_pending=256,
        **start,
    )  # fmt: skip
    await js.add_consumer(STREAM, config)
    return await js.pull_subscribe_bind(name, STREAM)
