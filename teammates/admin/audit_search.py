"""What an admin types into the search of the audit log: whom or what it means, and what happened.

The words of a sentence are code (teammates.sentences), so what somebody types is compared with them, and finds the
kinds of events that are told in those words: "blocked", "token revoked", "company admin". Everything else in a search
is a name, an address or an id: "Ada blocked" is what of this happened to Ada, or was done by her.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from teammates.admin.meant import UNSAID, Meant, in_words
from teammates.models import Status
from teammates.sentences import FIELDS, SENTENCES

WORD = re.compile(r"[^\W_]+")
ENDINGS = ("ing", "ed", "es", "s", "d", "e")
SHORTEST = 3  # letters that are left of a word without its ending
ALSO = {  # words people use, and the product's
    "license": "licence", "user": "teammate", "people": "teammate", "person": "teammate", "email": "mail",
    "suspended": "blocked", "deactivated": "blocked", "disabled": "blocked", "reactivated": "unblocked",
    "mfa": "factor", "2fa": "factor", "joined": "added", "left": "removed", "granted": "given",
}  # fmt: skip
MEMBERS = ("members_added", "members_removed")
PLACES = ("granted", "taken")


PLAIN = {"after": {"status": "active"}}  # what an event has at least: its sentence says then what they all say


@dataclass(frozen=True)
class Told:
    """Words that tell of an event, by their stems, and which events they tell of."""

    words: frozenset[str]
    condition: Q


def search(term: str, meant: Callable[[str], Sequence[Meant]]) -> Q:
    """The events that a term finds. meant: whom and what a name, an address or an id means."""

    def about(words: str) -> Q:
        return in_words(words, lambda each: _about(each, meant(each)))

    said = [part for part in term.split() if _is_of_sentences(part)]
    condition = _about(term, meant(term)) if said else about(term)
    stems = [either for part in said for either in _meanings(part)]
    happened = [told.condition for told in _vocabulary(get_language()) if all(told.words & either for either in stems)]
    if not stems or not happened:
        return condition
    found = Q()
    for each in happened:
        found |= each
    rest = " ".join(part for part in term.split() if part not in said)
    return condition | (found & about(rest) if rest.lower() not in UNSAID | {""} else found)


def _about(term: str, meant: Sequence[Meant]) -> Q:
    """Events that happened to these, were done by them, or name them, and events that have the term in a text."""
    ids = [term, *(each.public_id for each in meant)]
    condition = Q(subject__in=ids) | Q(actor_id__in=ids) | Q(data__template__in=ids)
    for text in ("subject_name", "actor", "data__reason", "data__text", "data__login", "data__to"):
        condition |= Q(**{f"{text}__icontains": term})
    named = (("tea_", MEMBERS), ("tim_", PLACES), ("inb_", PLACES), ("cir_", ("left_groups",)))
    for prefix, keys in (*named, ("fld_", ("before__custom_fields", "after__custom_fields"))):
        if of_kind := [public_id for public_id in ids if public_id.startswith(prefix)]:
            for key in keys:
                condition |= Q(**{f"data__{key}__has_any_keys": of_kind})
    return condition


def _is_of_sentences(part: str) -> bool:
    meanings = _meanings(part)
    known = frozenset().union(*(told.words for told in _vocabulary(get_language())))
    return bool(meanings) and all(known & either for either in meanings)


def _meanings(text: str) -> list[frozenset[str]]:
    """For each word that somebody typed its stem, and that of the product's word for it."""
    return [frozenset({_stem(word), _stem(ALSO.get(word, word))}) for word in _words(text)]


def _words(text: str) -> list[str]:
    return [word for word in WORD.findall(text.lower()) if word not in UNSAID]


def _stem(word: str) -> str:
    """A word without its ending: "block", "blocks", "blocked" and "blocking" are one."""
    ending = next((end for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= SHORTEST), "")
    return word.removesuffix(ending)


@lru_cache(maxsize=16)
def _vocabulary(language: str | None) -> tuple[Told, ...]:
    """What can be said, in the language of the page: each sentence, each field, and parts of sentences with facts."""
    said = [(f"{tell('', PLAIN)} {kind.replace('.', ' ')}", Q(kind=kind)) for kind, tell in SENTENCES.items()]
    changed = {field: Q(data__after__has_key=field) & ~Q(kind__endswith=".created") for field in FIELDS}
    said += [(f"{label} {_('changed')}", changed[field]) for field, label in FIELDS.items()]
    said += [
        (_("created blocked"), Q(kind="teammate.created", data__after__status=Status.BLOCKED)),
        (_("group member added"), Q(kind="group.updated", data__has_key="members_added")),
        (_("group member removed"), Q(kind="group.updated", data__has_key="members_removed")),
        (_("group renamed"), Q(kind="group.updated", data__after__has_key="name")),
        (_("group member confirmed"), Q(kind="group.updated", data__has_key="members_confirmed")),
        (_("made company admin"), Q(kind="teammate.updated", data__after__is_company_admin=True)),
        (_("no longer company admin"), Q(kind="teammate.updated", data__after__is_company_admin=False)),
        (_("access given"), Q(kind__endswith=".access_changed", data__granted__0__isnull=False)),
        (_("access taken"), Q(kind__endswith=".access_changed", data__taken__0__isnull=False)),
        (_("group managed by the identity provider"), Q(kind="group.adopted")),
    ]
    return tuple(Told(frozenset(map(_stem, _words(str(text)))), condition) for text, condition in said)
