"""What the domain refuses. Each refusal carries a text that a person can act on; doors decide how to send it."""

from collections.abc import Sequence
from typing import Self

from teammates.support import support


class Refusal(Exception):
    """A request that the rules of the product do not allow. Nothing has changed.

    notice: the kind of notice that tells the company's admins of it, when they have to do something. fact: what the
    notice says then, without what to do, which each kind of notice says by itself (teammates.guidance).
    attribute: where the value was that cannot be, in the product's words, when it was one value.
    """

    notice = ""
    fact = ""
    attribute = ""
    subject = ""


class NotFoundInCompany(Refusal):
    """The thing named does not exist in this company."""


class InvalidValue(Refusal):
    """A value that can never be stored."""

    def __init__(self, attribute: str, text: str) -> None:
        super().__init__(text)
        self.attribute = attribute


class LoginTaken(Refusal):
    """Another teammate of the company already has this login."""

    attribute = "login"

    def __init__(self, login: str) -> None:
        super().__init__(
            f"A teammate with the login {login} already exists in this company. Find that teammate (in the company "
            "settings with the search, in SCIM with a filter on userName) and update them instead."
        )


class AddressReserved(Refusal):
    """The login belongs to a teammate who was deleted in the product, and stays reserved."""

    attribute = "login"

    def __init__(self, login: str) -> None:
        super().__init__(
            f"{login} belonged to a teammate who was deleted, so the address cannot be used again yet. "
            f"{support()} can release it."
        )


class NoLicenceLeft(Refusal):
    """Every licence is taken and the company does not add licences automatically."""

    notice = "no_licence"

    def __init__(self, licences: int, name: str) -> None:
        self.fact = f"No licence is left ({licences} of {licences} are in use), so {name} cannot be active."
        super().__init__(
            f"{self.fact} A company admin can block somebody who no longer needs access, or have licences added; "
            "then the next attempt will succeed."
        )


class LastAdmin(Refusal):
    """The company would be left without an admin who can sign in.

    waiting: active admins who have not set a password yet, some of them when there are more.
    """

    notice = "last_admin"
    attribute = "is_company_admin"

    def __init__(
        self, name: str, public_id: str, *, can_sign_in: bool = True, waiting: Sequence[str] = (), more: bool = False
    ) -> None:
        self.subject = public_id
        which = "the last company admin who can sign in" if can_sign_in else "the only company admin"
        self.fact = f"{name} is {which}, and can neither be blocked nor removed nor made a plain teammate."
        invited = f"{', '.join(waiting)}{' and others' if more else ''}"
        if waiting:
            has = "is a company admin and has" if len(waiting) == 1 and not more else "are company admins and have"
            self.fact += f" {invited} {has} not set a password yet."
            advice = (
                'Once they have, with the link in the invitation or with "Forgotten your password?" on the sign-in '
                f"page, {name} can go."
            )
        else:
            advice = (
                "Make another teammate a company admin first, and wait until they have set their password: they get a "
                "link by e-mail."
            )
        super().__init__(f"{self.fact} {advice}")

    def of(self, tried: str, who: str, *, by_idp: bool) -> Self:
        """The refusal, with a notice that says what was tried and by whom. tried: such as "block them"."""
        self.fact = f"{who} wanted to {tried}: refused. {self.fact}"
        if by_idp:
            self.fact += " Until somebody can take their place, keep them assigned in the identity provider."
        return self


class UnknownTemplate(Refusal):
    """A teammate template that does not exist in this company."""

    def __init__(self, value: str) -> None:
        super().__init__(
            f"Teammate template {value} does not exist in this company, so the teammate was not created. "
            "Copy the template ID from the template's Overview tab into the app role."
        )


class ProvisionedByIdp(Refusal):
    """The identity provider writes these facts of a teammate; here they would be overwritten or drift."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"{name} is provisioned by your identity provider, so the {what} cannot be changed here. Change it in the "
            "identity provider; the next cycle brings it here."
        )


class GroupSyncDisabled(Refusal):
    """The identity provider may not write groups while Teammate Group Sync is off."""

    def __init__(self) -> None:
        super().__init__(
            "Teammate Group Sync is turned off. A company admin can turn it on in Company settings > Teammates > "
            "User provisioning, or turn off group provisioning in the identity provider. Teammates are not affected."
        )


class GroupNameTaken(Refusal):
    """Another group of the company already has this name."""

    attribute = "name"

    def __init__(self, name: str) -> None:
        super().__init__(f"A teammate group named {name} already exists in this company. Use another name.")


class GroupIsManaged(Refusal):
    """Name, members and deletion of an IdP-managed group belong to the identity provider."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"{name} is managed by your identity provider, so {what} here. Change it in the identity provider, or "
            "turn off Teammate Group Sync in Company settings > Teammates > User provisioning."
        )


class UnknownMembers(Refusal):
    """Members that are no teammates of this company, or none any more.

    about: sentences without a full stop about people who are meant and cannot be members, or not in this way.
    """

    def __init__(self, ids: list[str], about: list[str] | None = None) -> None:
        told = [*(about or [])[:10]]
        if ids:
            shown = ", ".join(ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
            told.append(f"No teammate of this company has the id {shown}")
        then = "Provision the person first." if ids else "Send the group again without them, or put that right first."
        super().__init__(f"{'. '.join(told)}, so nothing in this request was applied. {then}")
