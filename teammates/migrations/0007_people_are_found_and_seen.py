"""What the pages about people need: words to be found by, an order by login, and where somebody is signed in."""

from django.db import migrations, models

BATCH = 2000
WORDS = """
CREATE INDEX teammate_words ON teammates_teammate USING gin (
    array_to_tsvector(array_remove(string_to_array('#' || company_id::text || ' ' || search_key, ' '), ''))
)
"""

MEMBERS = """
CREATE INDEX event_of_member ON teammates_event USING gin ((data->'members_added'), (data->'members_removed'))
WHERE kind LIKE 'group.%'
"""


def fill_search_keys(apps, schema_editor):
    """The words of everybody there is. The model makes them, as it does with every later change."""
    from teammates.models import Teammate as Present

    Teammate = apps.get_model("teammates", "Teammate")
    names = [field.attname for field in Teammate._meta.concrete_fields]
    last = 0
    while rows := list(Teammate.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for row in rows:
            present = Present(**{name: getattr(row, name) for name in names})
            present.refresh_keys()
            row.search_key = present.search_key
        Teammate.objects.bulk_update(rows, ["search_key"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("teammates", "0006_teammates_by_template")]

    operations = [
        migrations.AddField(
            "teammate",
            "search_key",
            models.TextField(
                default="", editable=False, help_text="Words to be found by, as `words_of` makes them."
            ),
        ),
        migrations.RunPython(fill_search_keys, migrations.RunPython.noop),
        migrations.RunSQL(WORDS, "DROP INDEX teammate_words"),
        migrations.RunSQL(MEMBERS, "DROP INDEX event_of_member"),
        migrations.AddIndex(
            "teammate", models.Index(fields=["company", "login_key", "id"], name="teammate_by_login")
        ),
        migrations.AddField("teammatesession", "signed_in_at", models.DateTimeField(null=True)),
        migrations.AddField("teammatesession", "last_seen_at", models.DateTimeField(null=True)),
        migrations.AddField("teammatesession", "address", models.GenericIPAddressField(null=True)),
        migrations.AddField("teammatesession", "user_agent", models.CharField(blank=True, max_length=400)),
    ]
