"""A form that is sent twice opens one record: answers to an appeal, agreements, requests to a partner, consultations."""

from django.db import migrations, models

SENT_ONCE = ("pledge", "agreement", "cooperationrequest", "consultation")


def once(name):
    number = models.UUIDField(help_text="the form's own number: sent twice, it counts once", null=True)
    condition = models.Q(("request__isnull", False))
    return [
        migrations.AddField(name, "request", number),
        migrations.AddField(name, "request_by", models.CharField(blank=True, default="", max_length=80)),
        migrations.AddConstraint(
            name,
            models.UniqueConstraint(
                fields=("world", "request_by", "request"), condition=condition, name=f"{name}_once"
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("command", "0030_commanders_see_their_incident")]
    operations = [operation for name in SENT_ONCE for operation in once(name)]
