"""What the models share: public ids, the comparison key of a name, and row versions."""

import unicodedata
from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.utils.translation import gettext_lazy as _

from teammates import public_ids


def fold(text: str) -> str:
    """The key under which two spellings are the same login, address or group name.

    Case and Unicode composition do not count, and neither do spaces around it. Computed here rather than by the
    database's lower(), whose answer depends on the locale the cluster was made with.
    """
    return unicodedata.normalize("NFC", text.strip()).lower()


def key_among(rows: models.QuerySet[Any], path: str = "pk") -> models.Func:
    """The condition that a key is one of these rows'; path: of the key, from another model ("teammate__pk").

    Their index is asked first and by itself. PostgreSQL cannot tell how few rows a word or a document finds, and would
    rather go through everything in the order of the list.
    """
    return models.Func(
        models.F(path),
        ArraySubquery(rows.order_by().values("pk")),
        arg_joiner=" = ANY(",
        template="%(expressions)s)",
        output_field=models.BooleanField(),
    )


class PublicModel(models.Model):
    """A row that the outside world names by a public id."""

    prefix: ClassVar[str]

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        return public_ids.encode(self.prefix, self.pk)

    @classmethod
    def pk_of(cls, public_id: object) -> int | None:
        """The primary key that `public_id` names, or None when it cannot name a row of this model."""
        return public_ids.decode(cls.prefix, public_id)


class VersionedModel(models.Model):
    """A row with a version that grows by one with every change: the ETag of RFC 7644 §3.14."""

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        abstract = True
