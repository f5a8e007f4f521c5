"""Names that differ in their case only are one name, as they are of groups and templates."""

from django.db import migrations, models
from django.db.models.functions import Lower

# Who came later gets its number behind its name.
RENAMED = """
UPDATE {table} t SET name = left(t.name, 180) || ' (' || t.id || ')'
WHERE EXISTS (SELECT FROM {table} o WHERE o.company_id = t.company_id AND {beside} lower(o.name) = lower(t.name) AND o.id < t.id)
"""
TABLES = {
    "teammates_customfield": "",
    "teammates_inbox": "o.workspace_id = t.workspace_id AND",
    "teammates_workspace": "",
}


class Migration(migrations.Migration):

    dependencies = [("teammates", "0011_access_that_groups_gave")]

    operations = [
        *(
            migrations.RunSQL(RENAMED.format(table=table, beside=beside), migrations.RunSQL.noop)
            for table, beside in TABLES.items()
        ),
        migrations.RemoveConstraint(model_name="customfield", name="custom_field_name_taken"),
        migrations.RemoveConstraint(model_name="inbox", name="inbox_name_taken"),
        migrations.RemoveConstraint(model_name="workspace", name="workspace_name_taken"),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(models.F("company"), Lower("name"), name="custom_field_name_taken"),
        ),
        migrations.AddConstraint(
            model_name="inbox",
            constraint=models.UniqueConstraint(
                models.F("company"), models.F("workspace"), Lower("name"), name="inbox_name_taken"
            ),
        ),
        migrations.AddConstraint(
            model_name="workspace",
            constraint=models.UniqueConstraint(models.F("company"), Lower("name"), name="workspace_name_taken"),
        ),
    ]
