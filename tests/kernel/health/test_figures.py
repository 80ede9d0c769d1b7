"""Figures and checks: declared once, read safely, told to monitoring in its own words."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from anlan.kernel.health import Verdict, add_check, add_gauge, figures, measure, verdicts
from anlan.kernel.health.metrics import exposition, token
from anlan.kernel.models import World


@pytest.fixture
def empty(monkeypatch):
    """No figure and no check but those of the test."""
    monkeypatch.setattr(figures, "_GAUGES", {})
    monkeypatch.setattr(figures, "_CHECKS", {})


def read_back(text: bytes) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """By name: labels → value."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


@pytest.mark.django_db
def test_figures_are_told_with_labels_and_one_that_fails_is_named_and_holds_up_no_other(empty):
    def broken() -> float:
        World.objects.raw("SELECT no_such_column FROM kernel_world")[0]
        return 1

    add_gauge("anlan_a_broken", "Fails.", broken)
    add_gauge("anlan_b_waiting", "What waits.", lambda: World.objects.count(), title="等着的", limit=0)
    add_gauge("anlan_c_seen_total", "By kind.", lambda: {("rain",): 3, ("stage",): 4}, labels=("kind",), counter=True)
    found = {m.gauge.name: m for m in measure()}
    assert found["anlan_a_broken"].error.startswith("ProgrammingError")
    assert (found["anlan_b_waiting"].value, found["anlan_b_waiting"].over) == (1.0, True)
    told = read_back(exposition())
    assert told["anlan_b_waiting"] == {(): 1.0}
    assert told["anlan_c_seen_total"] == {(("kind", "rain"),): 3.0, (("kind", "stage"),): 4.0}
    assert told["anlan_figure_unread"] == {(("figure", "anlan_a_broken"),): 1.0}


def test_a_name_that_monitoring_would_misread_is_refused(empty):
    for name, options in (
        ("rain", {}),
        ("anlan_Rain", {}),
        ("anlan_rain", {"counter": True}),
        ("anlan_rain_total", {}),
    ):
        with pytest.raises(ValueError, match="figure"):
            add_gauge(name, "x", lambda: 1, **options)


@pytest.mark.django_db
def test_a_check_that_fails_is_unknown_and_never_passed_over(empty):
    add_check("a.fails", "甲", lambda: Verdict("ok", url=str(1 / 0)))
    add_check("b.holds", "乙", lambda: Verdict("ok"))
    assert [(check.key, verdict.state) for check, verdict in verdicts()] == [("a.fails", "unknown"), ("b.holds", "ok")]


@pytest.mark.django_db
def test_without_a_database_its_figures_are_left_out_and_the_others_told(empty, monkeypatch):
    monkeypatch.setattr(figures, "database_answers", lambda seconds=2: False)
    add_gauge("anlan_of_database", "x", lambda: 1)
    add_gauge("anlan_of_machine", "x", lambda: 2, of_database=False)
    told = read_back(exposition())
    assert told["anlan_of_machine"] == {(): 2.0}
    assert told["anlan_figure_unread"] == {(("figure", "anlan_of_database"),): 1.0}


@pytest.mark.django_db
def test_only_the_token_opens_the_figures_unless_this_machine_is_allowed(client, settings, tmp_path):
    settings.VAR_DIR, settings.METRICS_TOKEN, settings.METRICS_LOOPBACK = str(tmp_path), "", False
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token()}"})
    assert answer.status_code == 200
    assert "anlan_figure_unread" in answer.content.decode()
    assert (tmp_path / "metrics-token").stat().st_mode & 0o777 == 0o600
    settings.METRICS_LOOPBACK = True
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 401, "passed on by a proxy"
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 401


@pytest.mark.django_db
def test_every_declared_figure_can_be_read_and_parsed(settings):
    found = measure()
    assert not [f"{m.gauge.name}: {m.error}" for m in found if m.error]
    told = read_back(exposition(found))
    assert {m.gauge.name for m in found if m.samples} <= set(told)
    assert all(m.gauge.help.strip().endswith(".") for m in found), "help is a sentence"
