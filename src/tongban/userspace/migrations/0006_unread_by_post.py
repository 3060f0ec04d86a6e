"""How many messages a post has not read is counted on every page of an officer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("userspace", "0005_contacts_of_accounts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["post"],
                name="message_unread_by_post",
                condition=models.Q(("post__isnull", False), ("read_at", None)),
            ),
        ),
    ]
