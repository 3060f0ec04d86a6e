"""Every table of `userspace`, and what the database itself holds its rows to."""

import django.db.models.deletion
import tongban.foundation.ids
import tongban.foundation.sealing
from django.db import migrations, models
from tongban.foundation.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("userspace", "0001_initial"),
        ("userspace", "0002_messages_about_offers"),
        ("userspace", "0001_tables"),
        ("userspace", "0002_space"),
    ]

    initial = True

    dependencies = [
        ("cases", "0001_schema"),
        ("identity", "0001_schema"),
        ("items", "0001_schema"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="contact",
                                serialize=False,
                                to="identity.person",
                            ),
                        ),
                        ("email", tongban.foundation.sealing.SealedField(null=True)),
                        ("by_email", models.BooleanField(default=False)),
                        ("by_sms", models.BooleanField(default=False)),
                    ],
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("event_id", models.BigIntegerField()),
                        ("notice", models.SlugField(max_length=40)),
                        ("texts", tongban.foundation.sealing.SealedField()),
                        ("created_at", models.DateTimeField()),
                        ("read_at", models.DateTimeField(null=True)),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.case",
                            ),
                        ),
                        (
                            "offer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.benefitoffer",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="identity.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="identity.person",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="identity.post",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person", "-created_at", "-id"], name="message_person"),
                            models.Index(fields=["organisation", "-created_at", "-id"], name="message_organisation"),
                            models.Index(fields=["post", "-created_at", "-id"], name="message_post"),
                            models.Index(
                                condition=models.Q(("read_at", None)), fields=["person"], name="message_unread"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("case", None), ("offer__isnull", False)),
                                    models.Q(("case__isnull", False), ("offer", None)),
                                    _connector="OR",
                                ),
                                name="message_about_one",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sending",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("channel", models.CharField(max_length=20)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("given_up_at", models.DateTimeField(null=True)),
                        ("error", models.TextField(blank=True)),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sendings",
                                to="userspace.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("given_up_at", None), ("sent_at", None)),
                                fields=["next_try_at"],
                                name="sending_due",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("message", "channel"), name="sending_once_a_channel")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SuggestionChoice",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="suggestion_choice",
                                serialize=False,
                                to="identity.person",
                            ),
                        ),
                        ("off", models.BooleanField(default=False)),
                    ],
                ),
                migrations.CreateModel(
                    name="NextMatter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "audience",
                            models.CharField(
                                choices=[("person", "people"), ("organisation", "organisations")], max_length=12
                            ),
                        ),
                        ("group", models.PositiveIntegerField()),
                        ("followed", models.PositiveIntegerField()),
                        (
                            "after",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="items.item"
                            ),
                        ),
                        (
                            "before",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="items.item"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("audience", "before", "after"), name="next_matter_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedMatter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("saved_at", models.DateTimeField()),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_matters",
                                to="identity.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_matters",
                                to="identity.person",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="items.service"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("organisation__isnull", False), ("person", None)),
                                    models.Q(("organisation", None), ("person__isnull", False)),
                                    _connector="OR",
                                ),
                                name="saved_by_one",
                            ),
                            models.UniqueConstraint(fields=("person", "service"), name="saved_once_person"),
                            models.UniqueConstraint(fields=("organisation", "service"), name="saved_once_organisation"),
                        ],
                    },
                ),
            ]
        ),
    ]
