import anlan.kernel.ids
import anlan.kernel.loops.record
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('warning', '0002_area_notes'),
    ]

    operations = [
        migrations.CreateModel(
            name='WarningReceipt',
            fields=[
                ('scope', models.CharField(db_index=True, max_length=200)),
                ('shared_with', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('id', models.UUIDField(default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', anlan.kernel.loops.record.StateField(db_index=True, max_length=40)),
                ('state_since', models.DateTimeField()),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('owner_role', models.CharField(blank=True, default='', max_length=40)),
                ('owner_keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('rung', models.PositiveSmallIntegerField(default=0)),
                ('by_name', models.CharField(blank=True, default='', max_length=160)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='warning.notice')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.region')),
                ('world', models.ForeignKey(default=uuid.UUID('00000000-0000-0000-0000-000000000000'), on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.world')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['shared_with'], name='warning_war_shared__92f985_gin'), django.contrib.postgres.indexes.GinIndex(fields=['owner_keys'], name='warning_war_owner_k_a06507_gin'), models.Index(fields=['world', 'closed_at', 'due_at'], name='warning_war_world_i_6e5418_idx')],
                'constraints': [models.UniqueConstraint(fields=('notice', 'region'), name='one_receipt_per_county')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
    ]
