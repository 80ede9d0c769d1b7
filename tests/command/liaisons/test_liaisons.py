"""The published list of liaisons and what outsiders say about it."""

import pytest
from django.test import Client

from anlan.command.liaisons import services
from anlan.command.liaisons.demonstration import load_liaisons
from anlan.command.liaisons.services import FROM_ONE
from anlan.command.models import Liaison, LiaisonDoubt
from anlan.kernel.ledgers import ledger_of
from anlan.kernel.ledgers.services import save_row
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.telephone import clean_number
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Delivery
from anlan.places.models import Person


@pytest.mark.parametrize(("typed", "clean"), [
    ("０１０－６８６０７０００", "010-68607000"), ("(010) 6860 7000", "010-68607000"), ("010—68607000转８０１", "010-68607000转801"),
    ("+86 10 68607000", "+861068607000"),
])  # fmt: skip
def test_numbers_are_put_right(typed, clean):
    assert clean_number(typed) == clean


@pytest.mark.parametrize("typed", ["", "值班室", "12", "<script>", "1" * 60, "010-6860；DROP"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError):  # noqa: PT011 (the text itself is the message)
        clean_number(typed)


def test_the_public_page_and_its_corrections(people, acting, monkeypatch):
    load_liaisons()
    assert load_liaisons() == 0
    desk = acting("zhibanzhang", world=REAL)
    ledger = ledger_of("command.liaison")
    made = save_row(desk, ledger, {
        "code": "u1", "area": "燃气所", "name": "值班长（示例）", "phone": "０１０－６８６０７０００", "scope": "110107004000",
        "published": True,
    })  # fmt: skip
    assert made.phone == "010-68607000"
    hidden = save_row(desk, ledger, {
        "code": "u2", "area": "未公示单位", "name": "某人（示例）", "phone": "010-68607001", "scope": "110107004000", "published": False,
    })  # fmt: skip

    outside = Client()
    page = outside.get("/liaisons/", {"q": "燃气所"}).content.decode()
    assert "010-68607000" in page
    assert "未公示单位" not in outside.get("/liaisons/", {"q": "未公示"}).content.decode()
    assert Person.objects.get(username="gucheng.xinxi").phone not in outside.get("/liaisons/").content.decode()
    assert outside.get("/liaisons/", {"q": "\0'%_<script>alert(1)</script>"}).status_code == 200
    assert "<script>alert" not in outside.get("/liaisons/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert outside.get(f"/liaisons/{hidden.pk}/doubt/").status_code == 404

    url = f"/liaisons/{made.pk}/doubt/"
    assert outside.post(url, {"wrong": "everything"}).status_code == 422
    assert outside.post(url, {"wrong": "other"}).status_code == 422
    hostile = {"wrong": "phone", "text": "打不通\u202e\x07<b>" + "很" * 293, "contact": "0"}
    long = outside.post(url, {**hostile, "text": hostile["text"] + "很" * 2000})
    assert (long.status_code, "多了" in long.content.decode()) == (422, True), "nothing is cut silently"
    assert "谢谢您的监督" in outside.post(url, hostile).content.decode()
    doubt = LiaisonDoubt.everything.get()
    assert (len(doubt.text), doubt.world_id, doubt.owner_role) == (300, REAL, "town")
    assert "\u202e" not in doubt.text
    assert Delivery.objects.filter(person__username="gucheng", message__about_type="command.liaison_doubt").exists()
    outside.post(url, hostile)
    assert LiaisonDoubt.everything.count() == 1, "the same from the same sender is one"
    answers = [outside.post(url, {"wrong": "other", "text": f"第{n}次"}).status_code for n in range(FROM_ONE)]
    assert answers[-1] == 429
    assert LiaisonDoubt.everything.count() == FROM_ONE
    # Behind the same address somebody else is heard.
    colleague = Client()
    colleague.get(url)
    assert colleague.post(url, {"wrong": "other", "text": "搬家了"}).status_code == 200
    assert {d.address_key for d in LiaisonDoubt.everything.all()} == {doubt.address_key}
    monkeypatch.setattr(services, "FROM_ADDRESS", FROM_ONE + 1)
    third = Client()
    third.get(url)
    assert third.post(url, {"wrong": "other", "text": "也搬家了"}).status_code == 429, "an address is not without limit"

    assert not LiaisonDoubt.objects.visible_to(acting("bajiao", world=REAL)).exists(), "another street's"
    take_step(acting("gucheng", world=REAL), doubt, "correct", {"what": "号码已改"})
    assert Liaison.everything.get(pk=made.pk).confirmed_on is not None
