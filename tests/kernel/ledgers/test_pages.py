"""The pages of a ledger, as a signed-in person meets them."""

import re

from anlan.kernel.ledgers import save_row
from anlan.kernel.models import SavedView
from anlan.places.identity import context_of

LIST = "/ledger/registry.team/"


def shown(response):
    assert response.status_code == 200, response.content.decode()[:400]
    return response.content.decode()


def test_nobody_in_particular_is_led_to_the_sign_in_page(client, teams):
    assert client.get(LIST).headers["Location"].startswith("/signin/?next=/ledger/registry.team/")
    assert client.get(LIST, HTTP_ACCEPT="application/json").status_code == 401
    assert client.get(LIST, HTTP_HX_REQUEST="true").headers["HX-Redirect"] == "/signin/"


def test_a_person_sees_the_rows_of_the_own_land(browse, bureau, street, team, other_team):
    page = shown(browse(bureau).get(LIST))
    assert "古城应急中队" in page
    assert "八角应急中队" in page
    page = shown(browse(street).get(LIST))
    assert "古城应急中队" in page
    assert "八角应急中队" not in page


def test_searching_filtering_and_sorting_are_addresses(browse, bureau, team, other_team):
    mine = browse(bureau)
    assert "八角应急中队" not in shown(mine.get(LIST, {"q": "古城"}))
    assert "八角应急中队" not in shown(mine.get(LIST, {"f.scope": "110107004000"}))
    assert "没有符合这些条件" in shown(mine.get(LIST, {"f.kind": "T1"}))
    page = shown(mine.get(LIST, {"sort": "-people"}))
    assert page.index("八角应急中队") < page.index("古城应急中队")
    for odd in (
        {"sort": "password"},
        {"page": "-3"},
        {"page": "x" * 9},
        {"size": "1e9"},
        {"f.nothing": "1"},
        {"q": "%00\x00"},
    ):
        shown(mine.get(LIST, odd))


def test_a_saved_view_belongs_to_the_one_who_saved_it(browse, bureau, street, team):
    mine = browse(bureau)
    answer = mine.post(LIST + "views/", {"title": "中队", "query": "?f.kind=T3&page=4&nonsense=1"})
    assert answer.headers["Location"] == LIST + "?f.kind=T3"
    assert "中队" in shown(mine.get(LIST))
    view = SavedView.objects.get()
    assert browse(street).post(f"{LIST}views/{view.pk}/drop/").status_code == 302
    assert SavedView.objects.exists(), "somebody else's view stays"
    mine.post(f"{LIST}views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


def test_a_row_shows_unknown_as_unknown_and_its_history(browse, bureau, teams, team):
    save_row(context_of(bureau), teams, {"people": "", "accuracy_m": 500}, team)
    page = shown(browse(bureau).get(team.get_absolute_url()))
    assert "不详" in page
    assert "示意位置，误差约 500 米" in page
    assert re.search(r"人数：28 人 → （空）", page)


def test_a_foreign_row_does_not_exist(browse, street, stranger, other_team):
    for somebody in (street, stranger):
        mine = browse(somebody)
        for address in ("", "edit/"):
            assert mine.get(other_team.get_absolute_url() + address).status_code == 404
        for address in ("edit/", "retire/", "restore/"):
            assert mine.post(other_team.get_absolute_url() + address, {"why": "x"}).status_code == 404


def test_a_refused_form_keeps_what_was_typed_and_marks_each_field(browse, bureau, teams):
    typed = {"code": "t7", "name": "新队伍", "scope": "110107999999", "kind": "T3", "people": "三十"}
    answer = browse(bureau).post(LIST + "new/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="新队伍"' in page
    assert "没有“110107999999”" in page
    assert "应填数字，现为“三十”" in page


def test_entering_correcting_and_retiring_in_the_browser(browse, bureau, teams):
    mine = browse(bureau)
    typed = {
        "code": "t7",
        "name": "新队伍",
        "scope": "古城街道",
        "kind": "T3",
        "people": "12",
        "position": "116.18, 39.91",
    }
    address = mine.post(LIST + "new/", typed).headers["Location"]
    form = shown(mine.get(address + "edit/"))
    version = re.search(r'name="version" value="([^"]+)"', form)[1]
    assert 'value="116.18,39.91"' in form
    assert mine.post(address + "edit/", {**typed, "people": "13", "version": version}).status_code == 302
    late = mine.post(address + "edit/", {**typed, "people": "14", "version": version})
    assert late.status_code == 409
    assert "已由别人改过" in late.content.decode()
    refused = mine.post(address + "retire/", {"why": ""}, HTTP_ACCEPT="application/json")
    assert (refused.status_code, refused.json()["field"]) == (422, "why")
    mine.post(address + "retire/", {"why": "撤并"})
    assert "新队伍" not in shown(mine.get(LIST)).replace("已停用“新队伍”", "")
    assert "新队伍" in shown(mine.get(LIST, {"retired": "1"}))


def test_many_are_retired_together_with_one_reason(browse, street, bureau, team, other_team):
    ids = [str(team.pk), str(other_team.pk), "not-an-id"]
    ask = shown(browse(street).post(LIST + "bulk/retire/", {"id": ids}))
    assert "古城应急中队" in ask
    assert "八角应急中队" not in ask
    browse(bureau).post(LIST + "bulk/retire/", {"id": ids, "why": "重复录入"})
    assert "这里将列出" in shown(browse(bureau).get(LIST))


def test_ten_thousand_rows_cost_as_many_queries_as_one(browse, bureau, teams, team, django_assert_max_num_queries):
    from anlan.kernel.clock import real_now
    from anlan.registry.models import Team

    mine = browse(bureau)
    shown(mine.get(LIST))
    Team.objects.bulk_create(
        [Team(code=f"n{i}", name=f"队{i}", kind="T4", scope=team.scope, updated_at=real_now()) for i in range(300)]
    )
    with django_assert_max_num_queries(24):
        page = shown(mine.get(LIST, {"size": "200"}))
    assert page.count("data-row") == 200


def test_the_map_of_a_ledger_keeps_its_conditions(browse, bureau, team, other_team):
    page = shown(browse(bureau).get(LIST + "map/", {"f.scope": "110107004000"}))
    assert "/map/tiles/registry.team/{z}/{x}/{y}.mvt?f.scope=110107004000" in page


def test_several_of_declared_choices_are_ticked_and_stay_ticked(browse, bureau, teams):
    from anlan.registry.models import Shelter

    mine = browse(bureau)
    typed = {
        "code": "s1",
        "name": "安置点",
        "scope": "110107004000",
        "grade": "town",
        "shelter_class": "fixed_short",
        "hazards": ["flood", "relief"],
        "status": "normal",
    }
    refused = shown_even_if_refused(mine.post("/ledger/registry.shelter/new/", {**typed, "name": ""}))
    assert re.search(r'value="flood" checked', refused)
    address = mine.post("/ledger/registry.shelter/new/", typed).headers["Location"]
    assert Shelter.everything.get().hazards == ["flood", "relief"]
    assert "洪涝、受灾群众安置" in shown(mine.get(address))
    form = shown(mine.get(address + "edit/"))
    assert re.search(r'value="relief" checked', form)
    assert not re.search(r'value="earthquake" checked', form)


def shown_even_if_refused(response):
    assert response.status_code == 422
    return response.content.decode()
