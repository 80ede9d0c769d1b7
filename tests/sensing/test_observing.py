"""`anlan observe`: readings from a file reach a running platform once, however often they are sent."""

from __future__ import annotations

import io
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.worlds import REAL
from anlan.sensing import store
from anlan.sensing.observing import Tally, batches, main, read_lines
from anlan.sensing.posting import Door, NoService
from tests.cast import DISTRICT, person


def lines(text):
    return list(read_lines(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def test_tables_and_json_lines_are_read_line_by_line_and_what_is_neither_is_named():
    table = (
        "time,station,value,unit\n2016-07-20T12:00:00+08:00,g.1,1.5,mm\n\n2016-07-20T13:00:00+08:00,g.1,,\n1,2,3,4,5\n"
    )
    assert lines(table) == [
        (2, {"time": "2016-07-20T12:00:00+08:00", "station": "g.1", "value": "1.5", "unit": "mm"}, ""),
        (4, {"time": "2016-07-20T13:00:00+08:00", "station": "g.1"}, ""),
        (5, None, "有 5 列，首行只有 4 列"),
    ]
    assert lines('{"station": "g.1", "value": 0}\nnothing\n[1]\n') == [
        (1, {"station": "g.1", "value": 0}, ""), (2, None, "不是一个 JSON 对象"), (3, None, "不是一个 JSON 对象"),
    ]  # fmt: skip
    assert lines("") == []
    assert lines("time,station,value\n1,雨量站,2\n".encode("gb18030"))[0][1]["station"] == "雨量站"
    with pytest.raises(ValueError, match="首行"):
        lines("station;value\n1;2\n")


def test_a_pipe_that_pauses_has_its_readings_sent_on():
    paused, going_on = threading.Event(), threading.Event()

    def source():
        yield b"time,station,value\n"
        yield b"t,s,1\n"
        paused.set()
        assert going_on.wait(60)
        yield b"t,s,2\n"

    got = batches(read_lines(source()), 100, Tally())
    assert [row["value"] for _line, row in next(got)] == ["1"]
    going_on.set()
    assert [row["value"] for batch in got for _line, row in batch] == ["2"]


def test_a_platform_that_is_busy_is_asked_again_and_one_that_never_answers_is_given_up():
    asked = []

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(503 if len(asked) < 2 else 200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    assert Door(address, "x", "y")._ask("GET", "/")[0] == 200
    server.shutdown()
    server.server_close()
    with pytest.raises(NoService):
        Door(address, "x", "y", give_up_s=0)._ask("GET", "/")


def feeding_token(stations):
    """The secret of a token that may report for these stations."""
    from anlan.places.models import Organisation
    from anlan.places.tokens import make_token

    _token, secret = make_token(
        system("test"), organisation=Organisation.objects.get(pk="org-gateway"), name="网关（示例）", purpose="报送雨量",
        uses=["sensing.feed"], expires_at=clock.real_now() + timedelta(days=1), limits={"sensing.feed": stations},
    )  # fmt: skip
    return secret


def test_a_file_goes_in_through_the_front_door_and_a_second_time_changes_nothing(
    transactional_db, running, tmp_path, monkeypatch, capsys
):
    from anlan.sensing.services import register_station

    somebody = person("gateway", DISTRICT, "meteo")
    somebody.set_password("a-password-of-this-test")
    somebody.save()
    register_station(system("test"), code="g.1", name="古城站（示例）", region="110107004000", properties=["rain_mm"])
    hour = clock.real_now().replace(minute=0, second=0, microsecond=0)
    rows = [f"{(hour - timedelta(hours=h)).isoformat()},g.1,{h}" for h in range(12)]
    file = tmp_path / "rain.csv"
    file.write_text(
        "\n".join(["time,station,value", *rows, f"{hour.isoformat()},g.404,1", f"{hour.isoformat()},g.1,x"])
    )
    running.web()
    monkeypatch.setenv("ANLAN_PASSWORD", "a-password-of-this-test")
    feed = [str(file), "--address", running.url, "--user", "gateway", "--batch", "5"]
    assert main(feed) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["accepted"], told["duplicates"], [r["line"] for r in told["rejected"]]) == (12, 0, [14, 15])
    assert main(feed) == 1
    assert json.loads(capsys.readouterr().out)["duplicates"] == 12
    (columns,) = store.read(REAL, None).values()
    assert columns.value.tolist() == [float(h) for h in range(11, -1, -1)]
    monkeypatch.setenv("ANLAN_PASSWORD", "another")
    assert main(feed) == 2
    assert "登录不了" in capsys.readouterr().err
    kept, secret = tmp_path / "token", feeding_token(["g.1"])
    kept.write_text(secret + "\n")
    assert main([str(file), "--url", running.url, "--token-file", str(kept)]) == 1
    assert json.loads(capsys.readouterr().out)["duplicates"] == 12
    kept.write_text(secret + "x")
    assert main([str(file), "--url", running.url, "--token-file", str(kept)]) == 2
    assert "令牌不对" in capsys.readouterr().err
    assert main([str(tmp_path / "nothing.csv"), "--address", running.url, "--user", "gateway"]) == 2
