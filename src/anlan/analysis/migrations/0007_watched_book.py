from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analysis", "0006_book_of_criteria")]

    operations = [
        migrations.AddField(
            model_name="watch", name="book", field=models.CharField(blank=True, default="", max_length=64)
        ),
    ]
