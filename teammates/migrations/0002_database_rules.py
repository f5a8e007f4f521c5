"""What the database refuses by itself, and the SQL functions that queries use.

- Rows that tie two things together are held to one company by foreign keys over (company, id).
- Events are written once: a trigger refuses every change but pending → done, and every deletion.
- base36(): the digits of a public id, so that filters can speak of ids as the outside world writes them.
"""

from django.db import migrations

TIES = [
    ("teammates_membership", "group_id", "teammates_teammategroup"),
    ("teammates_membership", "teammate_id", "teammates_teammate"),
    ("teammates_inbox", "workspace_id", "teammates_workspace"),
    ("teammates_accessgrant", "teammate_id", "teammates_teammate"),
    ("teammates_accessgrant", "group_id", "teammates_teammategroup"),
    ("teammates_accessgrant", "workspace_id", "teammates_workspace"),
    ("teammates_accessgrant", "inbox_id", "teammates_inbox"),
    ("teammates_inboxaccess", "teammate_id", "teammates_teammate"),
    ("teammates_inboxaccess", "inbox_id", "teammates_inbox"),
]

ADD_TIES = [
    f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_company FOREIGN KEY (company_id, {column}) "
    f"REFERENCES {target} (company_id, id) ON DELETE CASCADE"
    for table, column, target in TIES
]
DROP_TIES = [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_company" for table, column, _ in TIES]

EVENTS_ARE_FINAL = """
CREATE FUNCTION teammates_event_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.pending AND NOT NEW.pending THEN
        NEW.pending := true;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            NEW.pending := false;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'events are written once';
END $$;
CREATE TRIGGER teammates_event_is_final BEFORE UPDATE OR DELETE ON teammates_event
    FOR EACH ROW EXECUTE FUNCTION teammates_event_is_final();
"""

BASE36 = """
CREATE FUNCTION base36(number bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    digits text := '';
BEGIN
    LOOP
        digits := substr('0123456789abcdefghijklmnopqrstuvwxyz', (number % 36)::int + 1, 1) || digits;
        number := number / 36;
        EXIT WHEN number = 0;
    END LOOP;
    RETURN digits;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("teammates", "0001_initial")]

    operations = [
        migrations.RunSQL(ADD_TIES, DROP_TIES),
        migrations.RunSQL(
            EVENTS_ARE_FINAL,
            "DROP TRIGGER teammates_event_is_final ON teammates_event; DROP FUNCTION teammates_event_is_final();",
        ),
        migrations.RunSQL(BASE36, "DROP FUNCTION base36(bigint)"),
    ]
