"""The bus as the engine and the pages see it: one stream of announcements, one durable consumer per room."""

from __future__ import annotations

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
    """The durable pull consumer of a room, in order, one delivery at a time unacknowledged for long."""
    config = ConsumerConfig(
        durable_name=f"room-{room}", filter_subjects=[PREFIX + s for s in subjects], deliver_policy=DeliverPolicy.ALL,
        ack_wait=60, max_deliver=-1, max_ack_pending=256,
    )  # fmt: skip
    await js.add_consumer(STREAM, config)
    return await js.pull_subscribe_bind(f"room-{room}", STREAM)
