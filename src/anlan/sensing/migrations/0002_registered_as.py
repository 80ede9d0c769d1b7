from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sensing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="thing",
            name="registered_as",
            field=models.CharField(
                blank=True, default="", help_text="ledger and row of the base database that it follows", max_length=80
            ),
        ),
        migrations.AddConstraint(
            model_name="thing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("registered_as", ""), _negated=True),
                fields=("registered_as",),
                name="one_thing_per_registered_row",
            ),
        ),
    ]
