"""The socket that the web processes inherit."""

import socket

from anlan.kernel.runtime import web


def test_a_connection_sends_what_it_has_without_waiting_for_the_other_side():
    with web.listen("127.0.0.1", None, None) as listener, socket.create_connection(listener.getsockname()):
        accepted, _address = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
