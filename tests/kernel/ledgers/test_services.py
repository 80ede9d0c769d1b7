"""Entering, correcting and retiring rows."""

import pytest

from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.ledgers import BadLedger, Ledger, restore_row, retire_row, save_row
from anlan.kernel.models import AuditEntry, Outbox
from anlan.places.identity import context_of
from anlan.registry.models import Team
from tests.cast import GUCHENG


def test_a_new_row_comes_with_audit_and_event(teams, bureau, team):
    assert (team.scope, team.people, team.position.coords) == (GUCHENG, 28, (116.1875, 39.911))
    entry = AuditEntry.objects.get(object_id=str(team.pk))
    assert (entry.action, entry.actor_name, entry.data["after"]["name"]) == (
        "registry.team.create",
        "bureau",
        "古城应急中队",
    )
    event = Outbox.objects.get(subject="kernel.ledger.changed")
    assert (event.scope, event.payload["change"]) == (GUCHENG, "created")


def test_a_correction_keeps_what_was_before(teams, bureau, team):
    save_row(context_of(bureau), teams, {"people": "26"}, team)
    entry = AuditEntry.objects.latest("id")
    assert (entry.data["before"], entry.data["after"]) == ({"people": 28}, {"people": 26})
    before = AuditEntry.objects.count()
    save_row(context_of(bureau), teams, {"people": 26}, team)
    assert AuditEntry.objects.count() == before, "a correction that changes nothing writes nothing"


def test_all_faults_are_said_at_once_and_nothing_is_written(teams, bureau):
    bad = {
        "code": "x" * 61,
        "name": "",
        "scope": "999",
        "kind": "T9",
        "people": "许多",
        "position": "39.9,116.2,1",
        "colour": "red",
    }
    with pytest.raises(BadInput) as refused:
        save_row(context_of(bureau), teams, bad)
    assert {f["field"] for f in refused.value.details["faults"]} == {
        "code",
        "name",
        "scope",
        "kind",
        "people",
        "position",
        "colour",
    }
    assert not Team.everything.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("people", "-1"), ("people", "1.5"), ("people", "NaN"), ("people", "99999999999"), ("position", "181,0"), ("position", "nan,1"),
     ("name", "甲\x00乙")],
)  # fmt: skip
def test_what_the_database_could_not_hold_is_refused_in_words(teams, bureau, team, field, value):
    with pytest.raises(BadInput) as refused:
        save_row(context_of(bureau), teams, {field: value}, team)
    assert refused.value.field == field


def test_unknown_stays_unknown(teams, bureau, team):
    assert save_row(context_of(bureau), teams, {"people": ""}, team).people is None


def test_the_same_code_twice_in_a_region_is_a_fault_of_the_code(teams, bureau, team):
    with pytest.raises(BadInput, match="编号") as refused:
        save_row(context_of(bureau), teams, {"code": "t1", "name": "另一队", "scope": "110107004000", "kind": "T3"})
    assert refused.value.field == "code"
    assert save_row(
        context_of(bureau), teams, {"code": "t1", "name": "八角的", "scope": "110107003000", "kind": "T3"}
    ).pk


def test_a_street_changes_its_own_rows_and_finds_no_others(teams, street, team, other_team):
    ctx = context_of(street)
    assert save_row(ctx, teams, {"people": 20}, team).people == 20
    with pytest.raises(NotFound):
        save_row(ctx, teams, {"people": 20}, other_team)
    with pytest.raises(NotAllowed):
        save_row(ctx, teams, {"scope": "110107003000"}, team)
    with pytest.raises(NotAllowed):
        save_row(ctx, teams, {"code": "t9", "name": "越界", "scope": "110107003000", "kind": "T3"})


def test_who_saw_an_older_state_is_told_so(teams, bureau, team):
    seen = team.updated_at
    save_row(context_of(bureau), teams, {"people": 1}, team)
    with pytest.raises(Conflict, match="别人改过"):
        save_row(context_of(bureau), teams, {"people": 2}, team, expected=seen)


def test_a_retired_row_is_kept_and_can_come_back(teams, bureau, team):
    ctx = context_of(bureau)
    with pytest.raises(BadInput, match="停用原因"):
        retire_row(ctx, teams, team, why=" ")
    gone = retire_row(ctx, teams, team, why="并入八角中队")
    assert gone.is_retired
    assert save_row(ctx, teams, {"code": "t1", "name": "新的一队", "scope": "110107004000", "kind": "T3"}).pk != team.pk
    with pytest.raises(BadInput):
        restore_row(ctx, teams, gone)
    labels = list(AuditEntry.objects.filter(object_id=str(team.pk)).order_by("id").values_list("label", flat=True))
    assert labels == ["录入", "停用"]


def test_an_exercise_looks_at_the_base_database_and_never_writes_to_it(teams, bureau, team, exercise):
    ctx = context_of(bureau, world=exercise.pk)
    assert Team.objects.visible_to(ctx).get() == team
    for write in (
        lambda: save_row(ctx, teams, {"people": 1}, team),
        lambda: retire_row(ctx, teams, team, why="演练"),
    ):
        with pytest.raises(Refused, match="演练"):
            write()


def test_a_shelter_cannot_hold_more_people_than_its_area(db, bureau):
    from anlan.kernel.ledgers import ledger_of

    shelters, ctx = ledger_of("registry.shelter"), context_of(bureau)
    good = {"code": "s", "name": "安置点", "scope": "110107004000", "grade": "town", "shelter_class": "fixed_short",
            "effective_area_m2": 100, "capacity": 50}  # fmt: skip
    row = save_row(ctx, shelters, good)
    with pytest.raises(BadInput, match="最多 50 人"):
        save_row(ctx, shelters, {"capacity": 51}, row)
    assert save_row(ctx, shelters, {"capacity": 51, "effective_area_m2": 102}, row).capacity == 51


def test_a_declaration_that_does_not_hold_together_is_refused():
    with pytest.raises(BadLedger, match="colour"):
        Ledger(key="t.x", model=Team, title="坏", fields=["code", "name", "colour"])
    with pytest.raises(BadLedger, match="twice"):
        Ledger(key="t.x", model=Team, title="坏", fields=["code", "name", "code"])
    with pytest.raises(BadLedger, match="not one of its fields"):
        Ledger(key="t.x", model=Team, title="坏", fields=["name"])
