"""The private bus: what it acknowledged it keeps, and only who knows the token gets in."""

import asyncio
import signal

import nats
import pytest
from nats.errors import NoServersError

from anlan.kernel.runtime.bus import PrivateBus, free_port


@pytest.fixture
def bus(bare_place):
    made = PrivateBus(bare_place)
    made.start()
    yield made
    made.stop()


async def publish(url, count):
    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name="KEPT", subjects=["kept.>"])
    for number in range(count):
        await stream.publish("kept.number", str(number).encode())
    await client.close()


async def kept(url):
    client = await nats.connect(url)
    found = (await client.jetstream().stream_info("KEPT")).state.messages
    await client.close()
    return found


def test_acknowledged_messages_survive_a_kill_at_the_same_address(bus):
    url = bus.url()
    asyncio.run(publish(url, 20))
    bus.child.send_signal(signal.SIGKILL)
    bus.child.wait()
    bus.start()
    assert bus.url() == url
    assert asyncio.run(kept(url)) == 20


def test_without_the_token_nobody_is_let_in(bus):
    async def intrude():
        await nats.connect(f"nats://127.0.0.1:{bus.port}", allow_reconnect=False, connect_timeout=60, error_cb=ignore)

    async def ignore(_error):
        return None

    with pytest.raises((NoServersError, nats.errors.Error)):
        asyncio.run(intrude())


def test_the_token_is_readable_by_its_owner_only(bus):
    for secret in ("token", "server.conf"):
        assert (bus.folder / secret).stat().st_mode & 0o777 == 0o600


def test_it_syncs_before_it_acknowledges_and_watches_on_no_port(bus):
    text = (bus.folder / "server.conf").read_text("utf-8")
    assert "sync_interval: always" in text
    assert "http" not in text


def test_a_taken_port_is_left_to_its_holder(bus):
    assert free_port(bus.port) != bus.port
