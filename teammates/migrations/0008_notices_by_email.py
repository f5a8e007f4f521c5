"""Notices that end by themselves, and what was mailed of them to whom."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teammates", "0007_people_are_found_and_seen"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField(
            model_name="notice",
            name="resolved_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(
            "UPDATE teammates_notice SET resolved_at = closed_at WHERE closed_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name="teammate",
            name="notices_by_email",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Company admins: whether notices are mailed.",
                verbose_name="notices by e-mail",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("no_licence", "No licence left"),
                    ("provisioning_failing", "User provisioning is failing"),
                    ("provisioning_silent", "The identity provider has gone quiet"),
                    ("token_expired", "An API token has expired"),
                    ("token_last_days", "An API token expires within three days"),
                    ("token_expiring", "An API token is about to expire"),
                    ("last_admin", "The last company admin was to be blocked"),
                    ("group_shrank", "A group lost more than half of its members"),
                    ("group_adopted", "A group became IdP-managed"),
                    ("support_act", "Support staff changed something"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("resolved_at", None)), fields=["kind", "company", "subject"], name="notice_ongoing"
            ),
        ),
        migrations.AddField(
            model_name="noticemail",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="teammates.company"
            ),
        ),
        migrations.AddField(
            model_name="noticemail",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mails", to="teammates.notice"
            ),
        ),
        migrations.AddField(
            model_name="noticemail",
            name="teammate",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="noticemail",
            index=models.Index(fields=["teammate", "at"], name="notice_mail_latest"),
        ),
        migrations.AddConstraint(
            model_name="noticemail",
            constraint=models.UniqueConstraint(fields=("teammate", "notice"), name="notice_mailed_once"),
        ),
    ]
