"""What an id in an address names, within the company of the token. All raise NotFoundInCompany."""

from typing import Any, TypeVar

from django.db.models import QuerySet

from teammates.errors import NotFoundInCompany, Refusal
from teammates.models import Company, Inbox, Teammate, TeammateGroup, Workspace, fold
from teammates.models.base import PublicModel

BY_EMAIL = "alt:email:"

M = TypeVar("M", bound=PublicModel)


class SeveralTeammates(Refusal):
    """An address that names more than one person."""

    def __init__(self, address: str) -> None:
        super().__init__(f"Several teammates have the address {address}. Name the one you mean by the id.")


def teammate_of(company: Company, key: str) -> Teammate:
    """By id, or as alt:email:<address>: the login, else the one person with the address. The deleted are not there."""
    present = Teammate.objects.present().filter(company=company)
    if not key.startswith(BY_EMAIL):
        return _found(present, key, "teammate")
    address = fold(key.removeprefix(BY_EMAIL))
    if address and "\x00" not in address:
        by_login = present.filter(login_key=address).first()
        named = [by_login] if by_login else list(present.filter(email_keys__contains=[address])[:2])
        if len(named) > 1:
            raise SeveralTeammates(address)
        if named:
            return named[0]
    raise NotFoundInCompany("No such teammate in this company.")


def group_of(company: Company, key: str) -> TeammateGroup:
    group = _found(TeammateGroup.objects.filter(company=company), key, "teammate group")
    group.company = company
    return group


def team_of(company: Company, key: str) -> Workspace:
    return _found(Workspace.objects.filter(company=company), key, "team")


def inbox_of(company: Company, key: str) -> Inbox:
    return _found(Inbox.objects.filter(company=company), key, "inbox")


def _found(rows: QuerySet[Any], key: str, what: str) -> Any:
    pk = rows.model.pk_of(key)
    row = None if pk is None else rows.filter(pk=pk).first()
    if row is None:
        raise NotFoundInCompany(f"No such {what} in this company.")
    return row


def places(rows: QuerySet[M], ids: list[str]) -> list[M]:
    """Those of `rows` that the ids name; the others are left out."""
    return list(rows.filter(pk__in=[rows.model.pk_of(public_id) for public_id in ids]))
