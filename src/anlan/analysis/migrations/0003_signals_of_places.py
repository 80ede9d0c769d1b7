"""Signals of places: regions and devices beside stations, grouped into events; what is open is kept and joined to its event."""

import anlan.kernel.ids
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
import uuid
from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Concat

RANKS = {"blue": 1, "yellow": 2, "orange": 3, "red": 4, "IV": 1, "III": 2, "II": 3, "I": 4}


def name_places(apps, _editor):
    """Every signal is of its station, and as severe as its level."""
    signals = apps.get_model("analysis", "Signal").everything
    signals.update(place_key=Concat(Value("station:"), F("station_id")))
    for level, rank in RANKS.items():
        signals.filter(level=level).update(rank=rank)


def join_events(apps, _editor):
    """Open signals of one hazard in one county become one event; the first that owes an acknowledgement leads it."""
    event_model = apps.get_model("analysis", "SignalEvent")
    place_names = dict(apps.get_model("places", "Region").objects.values_list("path", "name"))
    events = {}
    rows = apps.get_model("analysis", "Signal").everything.filter(closed_at__isnull=True).order_by("-rank", "opened_at")
    for signal in rows:
        codes = signal.scope.strip("/").split("/")
        index = next((i for i, code in enumerate(codes) if len(code) == 6), len(codes) - 1)
        scope = "/".join(codes[: index + 1]) + "/"
        key = (signal.world_id, scope, signal.hazard, signal.scheme)
        event = events.get(key)
        if event is None:
            event = events[key] = event_model.everything.create(
                world_id=signal.world_id, scope=scope, shared_with=signal.shared_with, hazard=signal.hazard,
                scheme=signal.scheme, place=place_names.get(scope, scope), criterion_zh=signal.criterion_zh,
                level=signal.level, rank=signal.rank, peak=signal.peak, text=signal.text, opened_at=signal.opened_at,
                changed_at=signal.at,
            )  # fmt: skip
        event.standing, event.places = event.standing + 1, event.places + 1
        event.opened_at = min(event.opened_at, signal.opened_at)
        if event.clocked is None and signal.state == "raised" and signal.due_at is not None:
            event.clocked = signal.pk
        event.course = [[event.opened_at.isoformat(), event.level, event.standing, event.rank]]
        event.save()
        signal.event = event
        signal.save(update_fields=["event"])


class Migration(migrations.Migration):

    dependencies = [
        ('analysis', '0002_watch'),
        ('kernel', '0004_deadline_tries'),
        ('sensing', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignalEvent',
            fields=[
                ('scope', models.CharField(db_index=True, max_length=200)),
                ('shared_with', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('id', models.UUIDField(default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('scheme', models.CharField(max_length=12)),
                ('hazard', models.CharField(max_length=40)),
                ('place', models.CharField(help_text='the county in words', max_length=80)),
                ('criterion_zh', models.CharField(max_length=80)),
                ('level', models.CharField(blank=True, default='', help_text='the highest that stands now', max_length=8)),
                ('rank', models.PositiveSmallIntegerField(default=0)),
                ('peak', models.CharField(blank=True, default='', max_length=8)),
                ('text', models.CharField(blank=True, default='', max_length=200)),
                ('standing', models.PositiveIntegerField(default=0, help_text='open signals')),
                ('places', models.PositiveIntegerField(default=0, help_text='places that have signalled, ended ones too')),
                ('opened_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('course', models.JSONField(default=list)),
                ('known_rank', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('known_at', models.DateTimeField(blank=True, null=True)),
                ('known_by', models.CharField(blank=True, default='', max_length=120)),
                ('clocked', models.UUIDField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='signal',
            name='one_open_signal_per_criterion_and_station',
        ),
        migrations.AddField(
            model_name='signal',
            name='place_key',
            field=models.CharField(default='', max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='signal',
            name='proof',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='signal',
            name='rank',
            field=models.PositiveSmallIntegerField(default=0, help_text='4 the most severe; see levels'),
        ),
        migrations.AddField(
            model_name='signal',
            name='verification',
            field=models.JSONField(blank=True, default=dict, help_text='what the neighbouring stations said, and when'),
        ),
        migrations.AddField(
            model_name='signal',
            name='verified',
            field=models.CharField(blank=True, choices=[('', '尚未核对'), ('supported', '邻站支持'), ('doubtful', '疑似误报'), ('undecided', '邻站不足以判断'), ('confirmed', '人工核实')], default='', max_length=10),
        ),
        migrations.AddField(
            model_name='signal',
            name='version',
            field=models.CharField(blank=True, default='', help_text="the criterion's version in force then", max_length=40),
        ),
        migrations.AlterField(
            model_name='signal',
            name='scheme',
            field=models.CharField(help_text='warning, response or device', max_length=12),
        ),
        migrations.AlterField(
            model_name='signal',
            name='station',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='signalevent',
            name='world',
            field=models.ForeignKey(default=uuid.UUID('00000000-0000-0000-0000-000000000000'), on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.world'),
        ),
        migrations.AddField(
            model_name='signal',
            name='event',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='analysis.signalevent'),
        ),
        migrations.RunPython(name_places, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(condition=models.Q(('quiet', True)), fields=['world', 'place_key'], name='signals_kept_silent'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(fields=['world', 'criterion', 'opened_at'], name='analysis_si_world_i_81ac27_idx'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('world', 'criterion', 'place_key'), name='one_open_signal_per_criterion_and_place'),
        ),
        migrations.AddIndex(
            model_name='signalevent',
            index=django.contrib.postgres.indexes.GinIndex(fields=['shared_with'], name='analysis_si_shared__19d0ba_gin'),
        ),
        migrations.AddIndex(
            model_name='signalevent',
            index=models.Index(fields=['world', 'closed_at', '-rank'], name='analysis_si_world_i_41db6f_idx'),
        ),
        migrations.AddConstraint(
            model_name='signalevent',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('world', 'scope', 'hazard', 'scheme'), name='one_open_event_per_county_and_hazard'),
        ),
        migrations.RunPython(join_events, migrations.RunPython.noop),
    ]
