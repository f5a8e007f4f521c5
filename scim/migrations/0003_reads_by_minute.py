"""The latest counts of reads of a company, over all its tokens, without reading the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scim", "0002_partitions")]

    operations = [
        migrations.AddIndex(
            model_name="readcount",
            index=models.Index(fields=["company", "minute"], name="read_count_by_minute"),
        ),
    ]
