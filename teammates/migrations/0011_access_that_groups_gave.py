"""What groups gave and took, found without reading what else happened to them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teammates", "0010_what_admins_do_is_told")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind", "group.access_changed")),
                fields=["company", "subject", "id"],
                name="event_of_access",
            ),
        ),
    ]
