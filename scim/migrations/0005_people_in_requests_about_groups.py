"""Whom a request about a group brought in, took out or named: so that it is found by the person, too."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

ADD = """
ALTER TABLE scim_logentry ADD COLUMN members text[] NOT NULL DEFAULT '{}';
CREATE INDEX scim_logentry_members ON scim_logentry USING gin (members) WHERE members <> '{}';
"""


class Migration(migrations.Migration):
    dependencies = [("scim", "0004_names_in_words")]

    operations = [
        migrations.RunSQL(
            ADD,
            "ALTER TABLE scim_logentry DROP COLUMN members",
            state_operations=[
                migrations.AddField("logentry", "members", ArrayField(models.TextField(), default=list)),
            ],
        ),
    ]
