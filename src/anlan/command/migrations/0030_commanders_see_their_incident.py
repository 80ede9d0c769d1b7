from django.db import migrations


def show_to_commanders(apps, schema_editor):
    """Command posts that run now: their commander sees the incident and its tasks, as those that are set up from now on."""
    incident, task = apps.get_model("command", "Incident"), apps.get_model("command", "Task")
    for post in apps.get_model("command", "SitePost").objects.filter(closed_at=None).select_related("commander"):
        key = f"post:{post.commander.code}"
        for model, rows in ((incident, {"pk": post.incident_id}), (task, {"incident": post.incident_id})):
            for row in model.objects.filter(**rows).exclude(shared_with__contains=[key]):
                model.objects.filter(pk=row.pk).update(shared_with=sorted({*row.shared_with, key}))


class Migration(migrations.Migration):
    dependencies = [
        ("command", "0029_site_links_and_keys"),
    ]

    operations = [migrations.RunPython(show_to_commanders, migrations.RunPython.noop)]
