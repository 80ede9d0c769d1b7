"""Files as proof: kept, shown to whoever sees the thing, refused in words."""

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from anlan.kernel.errors import NotFound
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.kernel.models import Attachment, AuditEntry, World
from anlan.kernel.services.attachments import attach, attachments_of, open_attachment
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of
from tests.cast import DISTRICT, GUCHENG, HAIDIAN, person, signed_in


def photo(size=(640, 480)):
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def team(db, settings, tmp_path):
    settings.ATTACHMENT_DIR = str(tmp_path)
    bureau = person("bureau", DISTRICT, "emergency")
    values = {"code": "t1", "name": "中队", "scope": "110107004000", "kind": "T3"}
    return bureau, save_row(context_of(bureau), ledger_of("registry.team"), values)


def bring(client, row, content, name="现场.jpg", **more):
    return client.post(f"/attach/registry.team/{row.pk}/", {"file": SimpleUploadedFile(name, content)}, **more)


def test_a_photo_is_kept_shown_small_and_audited(team):
    bureau, row = team
    mine = signed_in(Client(), bureau)
    answer = bring(mine, row, photo(), HTTP_ACCEPT="application/json")
    assert answer.status_code == 201
    kept = Attachment.everything.get()
    assert (kept.media_type, kept.uploaded_by_name, kept.scope) == ("image/jpeg", "bureau", GUCHENG)
    full = mine.get(answer.json()["url"])
    assert hashlib.sha256(b"".join(full.streaming_content)).hexdigest() == kept.digest
    assert "sandbox" in full.headers["Content-Security-Policy"]
    small = mine.get(answer.json()["thumb"])
    assert (small.headers["Content-Type"], small.content[8:12]) == ("image/webp", b"WEBP")
    assert AuditEntry.objects.filter(action="kernel.attachment.attach", object_id=str(row.pk)).exists()


def test_thirty_megabytes_are_refused_with_the_size_and_how_to_mend_it(team):
    bureau, row = team
    answer = bring(
        signed_in(Client(), bureau), row, b"\xff\xd8\xff" + bytes(30 * 2**20), HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 413
    assert "30.0 MB" in answer.json()["message"]
    assert "20 MB" in answer.json()["message"]
    assert answer.json()["mend"]
    assert not Attachment.everything.exists()


@pytest.mark.parametrize(
    "content", [b"MZ\x90\x00\x03", b"", b"\xff\xd8\xff broken", b"%PDF-", b"<script>alert(1)</script>"]
)
def test_what_is_no_proof_is_refused(team, content):
    bureau, row = team
    answer = bring(signed_in(Client(), bureau), row, content, "a.jpg", HTTP_ACCEPT="application/json")
    assert answer.status_code == 422
    assert "a.jpg" in answer.json()["message"]


def test_text_is_brought_back_as_a_file_and_never_run(team):
    bureau, row = team
    mine = signed_in(Client(), bureau)
    url = bring(mine, row, "值班记录".encode(), "a.jpg", HTTP_ACCEPT="application/json").json()["url"]
    answer = mine.get(url)
    assert b"".join(answer.streaming_content)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "a.txt" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_who_does_not_see_the_thing_does_not_see_its_files(team):
    bureau, row = team
    url = bring(signed_in(Client(), bureau), row, photo(), HTTP_ACCEPT="application/json").json()["url"]
    stranger = signed_in(Client(), person("stranger", HAIDIAN, "emergency", "duty_officer"))
    assert stranger.get(url).status_code == 404
    assert stranger.get(url + "thumb.webp").status_code == 404
    assert bring(stranger, row, photo()).status_code == 404
    assert stranger.get(f"/api/v1/kernel/attachments/{url.strip('/').split('/')[-1]}").status_code == 404


def test_who_sees_the_thing_without_a_grant_on_files_sees_its_proof(team):
    bureau, row = team
    url = bring(signed_in(Client(), bureau), row, photo(), HTTP_ACCEPT="application/json").json()["url"]
    police = signed_in(Client(), person("police", DISTRICT, "police"))
    answer = police.get(url)
    assert b"".join(answer.streaming_content)
    assert answer.status_code == 200


def test_looking_is_not_working_on_it(team):
    _bureau, row = team
    looker = signed_in(Client(), person("looker", GUCHENG, "village"))
    assert looker.get(row.get_absolute_url()).status_code == 200
    assert bring(looker, row, photo(), HTTP_ACCEPT="application/json").status_code == 403


def test_a_street_that_may_not_read_a_report_does_not_get_its_papers_by_their_address(team):
    from anlan.command import services
    from anlan.command.models import Report

    duty = person("duty", DISTRICT, "duty_officer")
    ctx = context_of(duty)
    found = services.open_incident(ctx, text="古城街道地道桥下积水，两车被困")
    report = Report.everything.get(incident=found)
    file = SimpleUploadedFile("首报.jpg", photo())
    kept = attach(ctx, object_type="command.report", object_id=report.pk, scope=GUCHENG, file=file, name=file.name)
    street = signed_in(Client(), person("street", GUCHENG, "town"))
    assert street.get(f"/attachment/{kept.pk}/").status_code == 404
    assert street.get(f"/attachment/{kept.pk}/thumb.webp").status_code == 404
    assert signed_in(Client(), duty).get(f"/attachment/{kept.pk}/").status_code == 200


def test_what_was_attached_in_an_exercise_is_not_there_in_reality_nor_in_another_exercise(team, exercise):
    bureau, row = team
    mine = context_of(bureau, world=exercise.pk)
    file = SimpleUploadedFile("现场.jpg", photo())
    kept = attach(mine, object_type="registry.team", object_id=row.pk, scope=row.scope, file=file, name=file.name)
    again = World.objects.create(
        title="另一次演练", scope=DISTRICT, anchor_real=exercise.anchor_real, anchor_world=exercise.anchor_world, rate=0
    )
    assert open_attachment(mine, kept.pk)[0] == kept
    for world in (REAL, again.pk):
        elsewhere = context_of(bureau, world=world)
        with pytest.raises(NotFound):
            open_attachment(elsewhere, kept.pk)
        assert attachments_of(elsewhere, object_type="registry.team", object_id=row.pk) == []
