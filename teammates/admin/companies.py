"""Company settings: for the company's admins their own, for support staff every company's."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from teammates.admin.base import ScopedAdmin, code
from teammates.admin.forms import ServiceForm
from teammates.admin.permissions import COMPANY_SETTINGS, Role, role_of
from teammates.models import Company
from teammates.services import companies

LINKED = ("teammate", "teammategroup", "apitoken", "logentry", "event", "notice")


class CompanyForm(ServiceForm):
    class Meta:
        model = Company
        fields = (
            "name", "plan", "scim_override", "licence_count", "licence_policy", "group_sync_enabled",
            "single_replace_adds", "require_two_factor",
        )  # fmt: skip
        help_texts = {
            "group_sync_enabled": _(
                "Groups that the identity provider sends become teammate groups. Turned off, its groups can be edited "
                "here again; members and access stay."
            )
        }


class SupportCompanyForm(CompanyForm):
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Why this is changed. Kept in the company's audit log, with your name."),
    )


@admin.register(Company)
class CompanyAdmin(ScopedAdmin):
    list_display = ("name", "id_to_copy", "plan", "scim_allowed", "licences", "group_sync")
    list_filter = ("plan", "group_sync_enabled", "scim_override")
    search_fields = ("name", "slug")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        is_support = role_of(request.user) == Role.SUPPORT
        provisioning = ["group_sync_enabled", "single_replace_adds", "scim_allowed", "tenant_url"]
        if is_support:
            provisioning.insert(2, "scim_override")
        fieldsets: list[Any] = [
            (None, {"fields": ("name", "short_name", "id_to_copy", "created_at")}),
            (_("Plan and licences"), {"fields": ("plan", "licence_count", "in_use", "licence_policy")}),
            (_("User provisioning"), {"fields": provisioning}),
        ]
        fieldsets.append((_("Signing in"), {"fields": ("require_two_factor",)}))
        if is_support:
            fieldsets.append((_("Look at"), {"fields": ("linked",)}))
            fieldsets.append((_("Reason"), {"fields": ("reason",)}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        role = role_of(request.user)
        may_set = COMPANY_SETTINGS[role] if role else frozenset()
        shown = ("short_name", "id_to_copy", "created_at", "in_use", "scim_allowed", "tenant_url", "linked")
        return (*shown, *(name for name in CompanyForm.Meta.fields if name not in may_set))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = SupportCompanyForm if role_of(request.user) == Role.SUPPORT else CompanyForm
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """An admin has one company: straight to its page."""
        if role_of(request.user) == Role.COMPANY_ADMIN:
            return HttpResponseRedirect(self.url_of("change", self.company_of(request).pk))
        return super().changelist_view(request, extra_context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        return super().change_view(
            request, object_id, form_url, {"title": _("Company settings"), **(extra_context or {})}
        )

    @admin.display(description=_("ID"))
    def id_to_copy(self, company: Company) -> str:
        return code(company.public_id)

    @admin.display(description=_("short name"))
    def short_name(self, company: Company) -> str:
        return company.slug

    @admin.display(description=_("licences in use"))
    def in_use(self, company: Company) -> int:
        """Active teammates; the blocked and the deleted take none."""
        return company.licences_used

    @admin.display(description=_("group sync"), boolean=True, ordering="group_sync_enabled")
    def group_sync(self, company: Company) -> bool:
        return company.group_sync_enabled

    @admin.display(description=_("user provisioning included"), boolean=True)
    def scim_allowed(self, company: Company) -> bool:
        return company.scim_allowed

    @admin.display(description=_("licences"), ordering="licence_count")
    def licences(self, company: Company) -> str:
        return translated("%(used)s of %(all)s") % {"used": company.licences_used, "all": company.licence_count}

    @admin.display(description=_("Tenant URL"))
    def tenant_url(self, company: Company) -> str:
        """What the guide has an admin enter in Entra, part 1, step 2."""
        return code(f"{settings.PUBLIC_URL}/v2/?aadOptscim062020")

    @admin.display(description=_("rows of this company"))
    def linked(self, company: Company) -> str:
        pages = [model for model in self.admin_site._registry if model._meta.model_name in LINKED]
        links = [
            (
                reverse(f"{self.admin_site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist"),
                company.pk,
                str(model._meta.verbose_name_plural).capitalize(),
            )
            for model in pages
        ]
        return format_html("{}", format_html_join(" · ", '<a href="{}?company__id__exact={}">{}</a>', links))

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        role = role_of(request.user)
        assert role is not None
        changes = form.changes(*COMPANY_SETTINGS[role])
        companies.update_company(obj.pk, changes, actor=self.actor(request), reason=form.cleaned_data.get("reason", ""))
