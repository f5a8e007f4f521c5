"""Forms that leave the rules to the services, and fields that never list everybody."""

from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from teammates.admin.permissions import visible
from teammates.errors import Refusal
from teammates.models import AccessGrant, GrantSource, Inbox, Membership, Teammate, TeammateGroup
from teammates.public_ids import LARGEST

# Foreign keys to look something up by: Django's autocomplete names its target by a field that points at it.
TO_TEAMMATE = Membership._meta.get_field("teammate")
TO_GROUP = Membership._meta.get_field("group")
TO_WORKSPACE = AccessGrant._meta.get_field("workspace")
TO_INBOX = AccessGrant._meta.get_field("inbox")


def usable_pk(text: object) -> int | None:
    """The primary key that a form sent; None for what can be none."""
    digits = str(text)
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else None
    return number if number is not None and number <= LARGEST else None


def option_label(row: Model) -> str:
    """How a choice is written where several of one name may be offered, and what has to be known to choose it."""
    match row:
        case Teammate() if not row.is_active:
            state = gettext("blocked") if row.is_blocked else gettext("deleted")
            return f"{row.name} ({state})" if row.name == row.login else f"{row.name} ({state}, {row.login})"
        case TeammateGroup() if row.is_idp_managed:
            return f"{row.name} ({gettext('IdP-managed')})"
        case _:
            return told_apart(row)


def told_apart(row: Model) -> str:
    """A row's name, with what tells it from others of that name."""
    match row:
        case Teammate():
            return row.name if row.name == row.login else f"{row.name} ({row.login})"
        case Inbox():
            return f"{row.workspace.name} / {row.name}"
        case _:
            return str(row)


def rows_behind(source: Field) -> QuerySet[Any]:
    """Every row that the foreign key could point at, with what its label needs."""
    model: Any = source.related_model
    rows: QuerySet[Any] = model._default_manager.all()
    needed = {Inbox: ("workspace",), TeammateGroup: ("company",)}.get(model)
    return rows.select_related(*needed) if needed else rows


class _KnownOptions:
    """Autocomplete widgets show what was sent back, if it can be a row at all.

    narrowed: what the choices are asked for besides the term, as a query; the pages of their noun know what it means.
    """

    narrowed = ""

    def get_url(self) -> str:
        url: str = super().get_url()  # type: ignore[misc]
        return f"{url}?{self.narrowed}" if self.narrowed else url

    def optgroups(self, name: str, value: Iterable[Any], attr: Any = None) -> Any:
        return super().optgroups(name, [v for v in value if usable_pk(v) is not None], attr)  # type: ignore[misc]


class RecordSelect(_KnownOptions, AutocompleteSelect):
    pass


class RecordSelectMultiple(_KnownOptions, AutocompleteSelectMultiple):
    pass


class RecordField(forms.ModelChoiceField):
    """One row of the company, found by typing. `source`: a foreign key to its model."""

    def __init__(self, source: Field, **kwargs: Any) -> None:
        self.source = source
        widget = RecordSelect(source, admin.site)
        super().__init__(rows_behind(source).none(), required=False, widget=widget, **kwargs)

    def label_from_instance(self, obj: Model) -> str:
        return option_label(obj)


class RecordsField(forms.ModelMultipleChoiceField):
    """Some rows of the company, found by typing. `source`: a foreign key to their model.

    narrowed: see _KnownOptions.
    """

    def __init__(self, source: Field, *, narrowed: str = "", **kwargs: Any) -> None:
        self.source = source
        widget = RecordSelectMultiple(source, admin.site)
        widget.narrowed = narrowed
        super().__init__(rows_behind(source).none(), required=False, widget=widget, **kwargs)

    def label_from_instance(self, obj: Model) -> str:
        return option_label(obj)


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 6})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = value if isinstance(value, list) else (value or "").splitlines()
        return [line.strip() for line in lines if line.strip()]


def _left_to_the_service(exclude: Any = None) -> None:
    """Constraints, as uniqueness: a service says what is wrong in words, where a constraint has only its name."""


class ServiceForm(forms.ModelForm):
    """Formats are checked here; what the rules say, a service says, and its refusal is shown in this form."""

    request: ClassVar[HttpRequest]  # set on the class that ScopedAdmin makes for each request
    request_refusal: ClassVar[Refusal | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, RecordField | RecordsField):
                field.queryset = visible(rows_behind(field.source), self.request.user)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        refusal = self.request_refusal
        if refusal is not None:
            named = [name for name in (refusal.attribute, f"custom_{refusal.attribute}") if name in self.fields]
            self.add_error(named[0] if named else None, str(refusal))
        return cleaned

    def _post_clean(self) -> None:
        """What was entered goes onto a copy: where it is refused, the page goes on showing what is stored."""
        stored = self.instance
        self.instance = copy(stored)
        self.instance.validate_constraints = _left_to_the_service
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            self.instance = stored

    def validate_unique(self) -> None:
        """Uniqueness is the service's and the database's to judge."""

    def changes(self, *names: str) -> dict[str, Any]:
        """What the person changed among these fields."""
        return {name: self.cleaned_data[name] for name in names if name in self.changed_data}


class PlacesForm(ServiceForm):
    """What a teammate, a group or a template gives access to."""

    workspaces = RecordsField(
        TO_WORKSPACE,
        label=gettext_lazy("Workspaces"),
        help_text=gettext_lazy("Gives access to every inbox in them that is not private."),
    )
    inboxes = RecordsField(
        TO_INBOX,
        label=gettext_lazy("Inboxes"),
        help_text=gettext_lazy("One by one: private inboxes, and others without their workspace."),
    )


class AccessForm(PlacesForm):
    """Workspaces and inboxes granted to a teammate or a group themselves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "workspaces" in self.fields:
            holder = "group" if isinstance(self.instance, TeammateGroup) else "teammate"
            grants = AccessGrant.objects.filter(
                company_id=self.instance.company_id, source=GrantSource.OWN, **{holder: self.instance}
            )
            places = list(grants.values_list("workspace_id", "inbox_id"))
            self.initial["workspaces"] = [workspace for workspace, _ in places if workspace]
            self.initial["inboxes"] = [inbox for _, inbox in places if inbox]

    @property
    def access_changed(self) -> bool:
        return bool({"workspaces", "inboxes"} & set(self.changed_data))
