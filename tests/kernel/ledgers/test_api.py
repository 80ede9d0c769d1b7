"""The API of a ledger: typed by its declaration, scoped like its pages."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile

API = "/api/v1/kernel/ledgers/registry.team"


def post(client, url, data, method="post"):
    return getattr(client, method)(url, json.dumps(data), content_type="application/json")


def test_the_document_shows_the_fields_of_each_ledger():
    from anlan.config.api import api

    document = api.get_openapi_schema()
    shape = document["components"]["schemas"]["RegistryTeamIn"]
    assert shape["required"] == ["region", "code", "name", "kind"]
    assert shape["properties"]["people"]["anyOf"][0]["type"] == "integer"
    assert "T3" in shape["properties"]["kind"]["enum"]
    names = {p["name"] for p in document["paths"][API]["get"]["parameters"]}
    assert {"q", "sort", "f.kind", "f.scope"} <= names


def test_a_row_goes_round(browse, bureau, teams):
    mine = browse(bureau)
    body = {
        "region": "110107004000",
        "code": "a1",
        "name": "甲队",
        "kind": "T3",
        "position": {"lon": 116.18, "lat": 39.91},
    }
    made = post(mine, API, body)
    assert made.status_code == 201
    row = made.json()
    assert (row["people"], row["region_name"], row["position"]) == (None, "古城街道", {"lon": 116.18, "lat": 39.91})
    changed = post(mine, f"{API}/{row['id']}", {"people": 7}, "patch")
    assert (changed.json()["people"], changed.json()["name"]) == (7, "甲队")
    assert mine.get(API, {"q": "甲", "f.people": "5..9"}).json()["count"] == 1
    history = mine.get(f"{API}/{row['id']}/history").json()
    assert [h["label"] for h in history] == ["修改", "录入"]
    assert history[0]["changes"] == [{"name": "people", "label": "人数", "before": "（空）", "after": "7 人"}]
    post(mine, f"{API}/{row['id']}/retire", {"why": "撤并"})
    assert mine.get(API).json()["count"] == 0


def test_all_faults_come_back_with_their_fields(browse, bureau, teams):
    answer = post(browse(bureau), API, {"name": "甲", "kind": "T9"})
    assert answer.status_code == 422
    assert {f["field"] for f in answer.json()["details"]["faults"]} == {"scope", "code", "kind"}
    assert post(browse(bureau), API, {"colour": 1}).status_code == 422


def test_foreign_rows_do_not_exist(browse, street, stranger, teams, other_team):
    for somebody in (street, stranger):
        mine = browse(somebody)
        assert mine.get(API).json()["count"] == 0
        one = f"{API}/{other_team.pk}"
        assert mine.get(one).status_code == 404
        assert mine.get(one + "/history").status_code == 404
        assert post(mine, one, {"people": 1}, "patch").status_code == 404
        assert post(mine, one + "/retire", {"why": "x"}).status_code == 404


def test_nobody_gets_nothing(client, teams):
    assert client.get(API).status_code == 401


def test_a_sheet_by_api_is_previewed_before_it_is_taken(browse, bureau, teams):
    mine = browse(bureau)
    text = "区划,编号,名称,类别\n古城街道,c1,甲,T3\n古城街道,c2,,T3\n".encode()
    seen = mine.post(f"{API}/import", {"file": SimpleUploadedFile("a.csv", text)})
    assert seen.status_code == 201
    assert (seen.json()["taken"], seen.json()["counts"]["error"]) == (False, 1)
    assert seen.json()["errors"][0]["line"] == 3
    taken = mine.post(f"{API}/import/{seen.json()['id']}")
    assert taken.json()["counts"]["new"] == 1
    assert mine.get(API).json()["count"] == 1


def test_a_language_of_ones_own(browse, bureau, teams, team):
    assert browse(bureau).get("/api/v1/kernel/ledgers").json()[0]["key"].startswith("registry.")
