from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teammates", "0014_who_acts_in_words")]

    operations = [
        migrations.AddField(
            "customfield",
            "idp_sent_at",
            models.DateTimeField(
                editable=False,
                help_text="When an identity provider last sent a new value for anybody, to the day.",
                null=True,
            ),
        ),
    ]
