"""What is wrong comes to the front door and is turned away: it says what, where and how to mend it, in the reader's language, and
nothing of it stays. Each kind has its own tests in its room; this is one walk past all of them, by signed-in people."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook
from PIL import Image

from anlan.command.models import Followup, Incident, Incoming, ReportClock
from anlan.command.services import open_incident
from anlan.kernel import clock
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.kernel.models import Attachment, Outbox
from anlan.kernel.worlds import REAL
from anlan.places.demonstration import load_people
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.registry.models import Team
from anlan.sensing import store
from anlan.sensing.models import Journal
from anlan.sensing.services import register_station
from anlan.warning.cap.compose import compose_cap
from anlan.warning.cap.model import CapAlert, CapArea, CapInfo, NamedValue
from anlan.warning.models import Notice, WarningIntake
from tests.cast import HAIDIAN, person, signed_in
from tests.remembered import put_back

pytestmark = pytest.mark.story

JSON = {"accept": "application/json"}
ENGLISH = {"accept-language": "en"}
MESSAGES = "/api/v1/warning/messages"
KEPT = (Notice, Incident, Incoming, Attachment, Team, Journal)


class House:
    """The district in the real world, and who comes to its door."""

    def __init__(self):
        put_back("district", lambda: (load_regions(), load_people()))
        self.incident = open_incident(self.ctx("zhibanyuan"), text="古城南路下凹桥积水，两辆车被困，人数不详")
        register_station(
            self.ctx("admin"), code="g.1", name="古城站（示例）", region="110107004000", properties=["rain_mm"]
        )

    def ctx(self, username):
        return context_of(Person.objects.get(username=username))

    def browser(self, username, **headers):
        client = Client(headers=headers)
        client.force_login(Person.objects.get(username=username))
        return client

    def kept(self):
        return {
            model.__name__: model.everything.count() if hasattr(model, "everything") else model.objects.count()
            for model in KEPT
        }

    def stranger(self):
        """A duty officer of another district."""
        return signed_in(Client(), person("haidian", HAIDIAN, "duty_officer"))


@pytest.fixture
def house(db, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR, settings.ATTACHMENT_DIR = True, str(tmp_path), str(tmp_path / "files")
    return House()


def warning(code="110107000000", **fields):
    sent = clock.real_now().replace(microsecond=0)
    info = CapInfo(
        event="暴雨", urgency="Immediate", severity="Severe", certainty="Likely", categories=("Met",), language="zh-CN",
        event_codes=(NamedValue("eventCode", "11B03"),), expires=sent + timedelta(hours=6), sender_name="石景山区气象台",
        headline="石景山区气象台发布暴雨橙色预警信号", description="预计有暴雨。",
        areas=(CapArea("石景山区", geocodes=(NamedValue("CPEAS Geographic Code", code),)),),
    )  # fmt: skip
    alert = CapAlert(
        identifier=f"11010741600000_{sent:%Y%m%d%H%M%S}", sender="observatory", sent=sent, status="Actual", msg_type="Alert",
        scope="Public", infos=(info,),
    )  # fmt: skip
    return replace(alert, **fields)


def post(client, data, address=MESSAGES):
    return client.post(address, data, content_type="application/xml")


def is_chinese(text):
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def says_all(fault):
    """What, where, how to mend it; in both languages."""
    return (
        fault["path"]
        and is_chinese(fault["message_zh"])
        and is_chinese(fault["mend_zh"])
        and fault["message_en"]
        and fault["mend_en"]
    )


def test_a_malformed_warning_is_refused_with_everything_that_is_wrong(house):
    before, gateway = house.kept(), house.browser("zhibanyuan")
    broken = compose_cap(warning()).replace(b"Severe", b"Awful").replace(b"Met<", b"Rain<")
    answer = post(gateway, broken)
    assert answer.status_code == 422
    faults = answer.json()["faults"]
    assert {f["path"].rsplit("/", 1)[-1] for f in faults} >= {"severity", "category"}
    assert all(says_all(f) for f in faults)
    cut = post(gateway, broken[:300]).json()["faults"][0]
    assert "第" in cut["message_zh"]
    assert "line" in cut["message_en"]
    page = house.browser("zhibanyuan", **ENGLISH).post(
        "/warnings/receive/", {"file": SimpleUploadedFile("w.xml", broken)}
    )
    assert page.status_code == 422
    assert "is not a value of" in page.content.decode()
    assert house.kept() == before
    assert WarningIntake.everything.filter(outcome="refused").count() == 3, "what came is written down all the same"


def test_an_unknown_region_code_is_named_and_nothing_is_guessed(house):
    before, gateway = house.kept(), house.browser("zhibanyuan", **ENGLISH)
    (fault,) = post(gateway, compose_cap(warning("990199000000"))).json()["faults"]
    assert "990199000000" in fault["message_zh"]
    assert "请核对区划码" in fault["mend_zh"]
    assert not is_chinese(fault["message_en"] + fault["mend_en"])
    form = {"code": "t1", "name": "某队", "scope": "990199000000", "kind": "T3"}
    team = house.browser("admin").post("/ledger/registry.team/new/", form)
    assert team.status_code in (400, 422)
    assert "990199000000" in team.content.decode()
    assert house.kept() == before


def test_a_reading_from_the_future_is_refused_and_the_good_one_beside_it_goes_in(house):
    now = clock.real_now().replace(minute=0, second=0, microsecond=0)
    rows = [
        {"station": "g.1", "time": (now - timedelta(hours=1)).isoformat(), "value": 3.5},
        {"station": "g.1", "time": (now + timedelta(hours=3)).isoformat(), "value": 9.0},
        {"station": "g.404", "time": (now - timedelta(hours=1)).isoformat(), "value": 1.0},
    ]
    told = {}
    for tongue, headers in (("zh", {"accept-language": "zh-hans"}), ("en", ENGLISH)):
        gateway = house.browser("admin", **headers)
        answer = gateway.post(
            "/api/v1/sensing/observations", json.dumps({"readings": rows}), content_type="application/json"
        )
        told[tongue] = [(r["index"], r["reason"], r["mend"]) for r in answer.json()["rejected"]]
    assert [i for i, _reason, _mend in told["zh"]] == [1, 2]
    assert "在将来" in told["zh"][0][1]
    assert "校准" in told["zh"][0][2]
    assert "future" in told["en"][0][1]
    assert not is_chinese("".join(told["en"][0][1:]))
    (columns,) = store.read(REAL, None).values()
    assert columns.value.tolist() == [3.5], "twice the same good reading is one"


def test_the_same_message_twice_is_one_and_says_so(house):
    gateway, message = house.browser("zhibanyuan"), compose_cap(warning())
    first, second = post(gateway, message), post(gateway, message)
    assert (first.json()["outcome"], second.json()["outcome"], second.status_code) == ("accepted", "duplicate", 200)
    assert first.json()["warning"] == second.json()["warning"]
    assert "已经收到过" in second.json()["message"]
    assert Notice.everything.count() == 1
    assert Outbox.objects.filter(subject="warning.notice.received").count() == 1
    item = {"id": str(uuid.uuid4()), "kind": "report", "data": {"kind": "waterlogging", "text": "桥下积水"}}
    phone = house.browser("gucheng")
    answers = [phone.post("/phone/sync/", {"item": json.dumps(item)}, headers=JSON) for _n in range(2)]
    assert [a.status_code for a in answers] == [200, 200], answers[0].content.decode()[:300]
    assert Incoming.everything.count() == 1


def test_a_photo_of_thirty_megabytes_is_refused_before_anything_is_kept(house):
    before = house.kept()
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(drawn, "JPEG")
    huge = drawn.getvalue() + b"\x00" * (30 * 1024 * 1024)
    address = f"/incidents/{house.incident.pk}/followup/"
    for headers, limit in (({}, "最多"), (ENGLISH, "20")):
        desk = house.browser("zhibanyuan", **headers)
        given = {"text": "现场照片", "photo": SimpleUploadedFile("桥下.jpg", huge, "image/jpeg")}
        answer = desk.post(address, given, headers=JSON)
        assert answer.status_code in (400, 413, 422)
        said = answer.json()
        words = json.dumps(said, ensure_ascii=False)
        assert limit in words
        assert "20" in words, "the limit"
        assert said.get("mend"), said
        if headers:
            assert not is_chinese(said["mend"])
    assert house.kept() == before
    assert not Followup.everything.filter(incident=house.incident).exists()


def test_three_bad_lines_of_three_hundred_come_back_and_the_others_go_in(house):
    book = Workbook()
    book.active.append(["区划", "编号", "名称", "类别", "人数", "位置"])
    for i in range(300):
        line = ["110107004000", f"m{i:03}", f"第{i}队（示例）", "街道（乡镇）中队", i % 50, "116.18,39.91"]
        for number, column, wrong in ((10, 0, "110199000000"), (20, 4, "很多"), (30, 3, "T9")):
            if i == number:
                line[column] = wrong
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    bureau, list_url = house.browser("admin"), "/ledger/registry.team/"
    sent = bureau.post(f"{list_url}import/", {"file": SimpleUploadedFile("队伍.xlsx", out.getvalue())})
    address = sent.headers["Location"]
    assert "297" in bureau.get(address).content.decode()
    assert not Team.everything.exists(), "looked at first"
    bureau.post(address)
    assert Team.everything.count() == 297
    rows = load_workbook(io.BytesIO(bureau.get(f"{address}errors.xlsx").content)).active.iter_rows(values_only=True)
    bad = [r for r in rows if isinstance(r[0], int)]
    assert [r[0] for r in bad] == [12, 22, 32]
    assert "110199000000" in bad[0][1]
    assert all(r[2] for r in bad), "each says how to mend it"


def test_somebody_of_another_district_guesses_addresses_and_learns_nothing(house):
    notice = post(house.browser("zhibanyuan"), compose_cap(warning())).json()["warning"]
    team = save_row(
        house.ctx("admin"),
        ledger_of("registry.team"),
        {"code": "t", "name": "某队（示例）", "scope": "110107004000", "kind": "T3"},
    )
    clock_row = ReportClock.everything.filter(incident=house.incident).first()
    addresses = [
        "/incidents/{}/", "/api/v1/command/incidents/{}", "/api/v1/command/incidents/{}/timeline", "/incidents/{}/followup/",
    ]  # fmt: skip
    places = [(a, house.incident.pk) for a in addresses]
    places += [
        ("/warnings/{}/", notice),
        ("/api/v1/warning/warnings/{}", notice),
        ("/ledger/registry.team/{}/", team.pk),
    ]
    places += [
        ("/loop/command.report_clock/{}/", clock_row.pk),
        ("/loop/command.report_clock/{}/step/meet/", clock_row.pk),
    ]
    before, stranger = house.kept(), house.stranger()
    for address, pk in places:
        posted = address.endswith(("followup/", "meet/"))
        ask = stranger.post if posted else stranger.get
        real, invented = (ask(address.format(one), headers=JSON) for one in (pk, uuid.uuid4()))
        assert (real.status_code, invented.status_code) == (404, 404), address
        assert _without_address(real, pk) == _without_address(invented), f"{address} tells that the record exists"
    assert house.kept() == before
    assert house.incident.title not in stranger.get("/incidents/").content.decode()


def _without_address(response, *_ids):
    body = (
        json.loads(response.content) if response.headers.get("Content-Type", "").startswith("application/json") else {}
    )
    return {k: v for k, v in body.items() if k in ("message", "mend", "detail", "error", "code")}
