"""API tokens that share their name, as those of a rotation do: told apart by how they begin, and as the old value."""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from teammates.admin.permissions import visible
from teammates.models import ApiToken
from teammates.services.tokens import was_rotated


def twins_among(user: Any, keys: Collection[int]) -> dict[int, str]:
    """Of these tokens, by primary key, those that are not the only one of their name: "fpv_abc…, old value"."""
    if not keys:
        return {}
    namesakes = ApiToken.objects.filter(company=OuterRef("company"), name=OuterRef("name")).exclude(pk=OuterRef("pk"))
    shared = visible(ApiToken.objects.filter(Exists(namesakes), pk__in=keys), user)
    found = shared.annotate(is_old=was_rotated()).values_list("pk", "hint", "is_old")
    return {pk: f"{hint}…, {_('old value')}" if is_old else f"{hint}…" for pk, hint, is_old in found}
