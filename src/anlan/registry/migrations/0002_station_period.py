"""How long the rain of one reading fell."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_base_records")]

    operations = [
        migrations.AddField(
            model_name="station",
            name="period_min",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="一次读数是多久的雨量；空着与上报间隔相同，最长 60 分钟",
                null=True,
                verbose_name="雨量时段",
            ),
        ),
    ]
