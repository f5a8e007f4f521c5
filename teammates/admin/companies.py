"""Company settings: for the company's admins their own, for support staff every company's."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import BooleanField, Exists, Max, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.addresses import tenant_url
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.chosen import leave_view, look_at_view
from teammates.admin.company_forms import ADVANCED, POLICIES, CompanyForm, SupportCompanyForm
from teammates.admin.company_search import companies_of
from teammates.admin.links import list_of
from teammates.admin.permissions import COMPANY_SETTINGS, Role, role_of
from teammates.admin.pieces import badge, bar, lines, link, to_copy
from teammates.models import ApiToken, Company, LicencePolicy, Notice, NoticeKind, Scope
from teammates.services import companies
from teammates.support import with_links

# The lists of a company, in the order and by the names of the menu.
LINKED = (
    ("teammates.teammate", _("Teammates")), ("teammates.teammategroup", _("Teammate groups")),
    ("teammates.apitoken", _("API tokens")), ("scim.logentry", _("Provisioning log")),
    ("teammates.event", _("Audit log")), ("teammates.notice", _("Notices")),
)  # fmt: skip


def is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == "teammates_company_changelist"


def is_for_support(company: Any) -> bool:
    """Whether support staff look at it: see `CompanyAdmin.get_queryset`."""
    return getattr(company, "for_support", False)


@admin.register(Company)
class CompanyAdmin(ScopedAdmin):
    list_display = ("name", "id_in_list", "plan", "provisioning", "licences", "group_sync", "connection", "look_at")
    about = _(
        "Find the company by its name, short name or ID (cmp_…), by the e-mail address of anybody in it, or by the ID "
        "of a teammate, group, inbox, event or entry of the provisioning log (tea_…, cir_…, inb_…, evt_…, log_…). Open "
        "it to see and set what support may."
    )
    list_filter = ("plan", "group_sync_enabled", "scim_override")
    search_fields = ("name", "slug")
    change_form_template = "admin/teammates/company.html"
    search_help_text = _("Company, or a teammate's e-mail or ID")

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/look-at/", view(look_at_view), name="teammates_company_look_at"),
            path("leave/", view(leave_view), name="teammates_company_leave"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what tells how each connection is doing, without reading the provisioning log of each."""
        queryset = super().get_queryset(request)
        if role_of(request.user) != Role.SUPPORT:
            return queryset
        tokens = ApiToken.objects.filter(company=OuterRef("pk"), scopes__contains=[Scope.AUTO_PROVISIONING])
        latest = tokens.order_by().values("company").annotate(at=Max("last_used_at")).values("at")
        goes_on = Notice.objects.filter(company=OuterRef("pk"), resolved_at=None)
        return queryset.annotate(
            last_request=Subquery(latest),
            is_failing=Exists(goes_on.filter(kind=NoticeKind.PROVISIONING_FAILING)),
            is_silent=Exists(goes_on.filter(kind=NoticeKind.PROVISIONING_SILENT)),
            for_support=Value(True, output_field=BooleanField()),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """In the list, an address finds the companies of whoever has it, and a public id that of its row."""
        of_people = companies_of(search_term.replace("\0", "")) if is_list(request) else None
        if of_people is None:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(of_people), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        is_support = role_of(request.user) == Role.SUPPORT
        plan = ["plan_shown", "includes"]
        if is_support:
            may_stop = ["stops_provisioning"] if obj.scim_allowed else []
            plan = ["plan", "scim_override", *may_stop, "includes"]
        seen = ("connection", "linked") if is_support else ()
        licences = ["in_use", "licence_count"] if is_support else ["in_use"]
        fieldsets: list[Any] = [
            (None, {"fields": ("name", *seen, "id_to_copy", "short_name", "created_at")}),
            (_("Plan"), {"fields": plan}),
            (_("Licences"), {"fields": (*licences, "policy_shown" if is_support else "licence_policy")}),
            (_("User provisioning"), {"fields": ("sync_shown", "tenant_url")}),
            (
                _("Advanced"),
                {
                    "fields": ADVANCED,
                    "description": _("For unusual clients. Leave these as they are unless you know why not."),
                },
            ),
        ]
        fieldsets.append((_("Signing in"), {"fields": ("require_two_factor",)}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        role = role_of(request.user)
        may_set = COMPANY_SETTINGS[role] if role else frozenset()
        shown = (
            "short_name", "id_to_copy", "created_at", "plan_shown", "includes", "in_use", "policy_shown", "sync_shown",
            "tenant_url", "connection", "linked",
        )  # fmt: skip
        return (*shown, *(name for name in CompanyForm.Meta.fields if name not in may_set))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        base = SupportCompanyForm if role_of(request.user) == Role.SUPPORT else CompanyForm
        form = type(base.__name__, (base,), {"actor_kind": self.actor(request).kind})
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """An admin has one company: straight to its page."""
        if role_of(request.user) == Role.COMPANY_ADMIN:
            return HttpResponseRedirect(self.url_of("change", self.company_of(request).pk))
        return super().changelist_view(request, extra_context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        is_support = role_of(request.user) == Role.SUPPORT
        context = {"title": _("Company settings"), "is_support": is_support}
        if not is_support:
            request.way = [{"title": translated("Company")}]  # type: ignore[attr-defined]
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @admin.display(description=_("ID"))
    def id_to_copy(self, company: Company) -> str:
        return to_copy(company.public_id, "company-id", called=translated("ID"))

    @admin.display(description=_("ID"))
    def id_in_list(self, company: Company) -> str:
        return code(company.public_id)

    @admin.display(description=_("short name"))
    def short_name(self, company: Company) -> str:
        return company.slug

    @admin.display(description=_("plan"))
    def plan_shown(self, company: Company) -> str:
        return company.get_plan_display()

    @admin.display(description=_("includes"))
    def includes(self, company: Company) -> str:
        """Guide, Pricing: what the plan has to do with provisioning, and what to do about it."""
        if company.scim_override:
            return lines(
                [badge(translated("User provisioning"), "good"), translated("Allowed by support on this plan.")]
            )
        if company.scim_allowed:
            text = translated("Teammates and groups can come from the identity provider.")
            return lines([badge(translated("User provisioning"), "good"), text])
        text = translated(
            "User provisioning is part of the Scale plan and above, and of some legacy plans. Until then the identity "
            "provider gets a refusal; nobody is blocked by that, and nothing is lost."
        )
        if is_for_support(company):
            more = translated("Set another plan here, or allow SCIM on this plan if it is a legacy plan that had it.")
        else:
            more = with_links(_("To change the plan, or if yours is a legacy plan that had it, %(ask_support)s."))
        return lines([badge(translated("No user provisioning"), "warn"), format_html("{} {}", text, more)])

    @admin.display(description=_("licences in use"))
    def in_use(self, company: Company) -> str:
        """Active teammates; the blocked and the deleted take none."""
        used, all_of_them = company.licences_used, company.licence_count
        free = translated("%(free)s free") % {"free": max(0, all_of_them - used)}
        text = translated("%(used)s of %(all)s") % {"used": used, "all": all_of_them}
        note = translated(
            "Every teammate who is neither blocked nor deleted takes one, admins too. Blocking somebody frees theirs "
            "at once."
        )
        more = "" if is_for_support(company) else with_links(_("For more licences, %(ask_support)s."))
        shown = bar(used, all_of_them, f"{text} · {free}")
        return format_html('{}<div class="fp-subtle">{} {}</div>', shown, note, more)

    @admin.display(description=_("when licences run out"))
    def policy_shown(self, company: Company) -> str:
        return str(dict(POLICIES)[LicencePolicy(company.licence_policy)])

    @admin.display(description=_("Teammate Group Sync"))
    def sync_shown(self, company: Company) -> str:
        """The switch is where one sees first what it means for the groups there are."""
        is_on = company.group_sync_enabled
        state = badge(translated("On"), "good") if is_on else badge(translated("Off"))
        if not is_for_support(company):
            where = translated("Turn it on or off under Teammates > User provisioning")
            return format_html("{} {}", state, link(reverse("admin:user_provisioning"), where))
        way = link(
            f"{reverse('admin:group_sync')}?company={company.public_id}",
            translated("Turn off…") if is_on else translated("Turn on…"),
        )
        note = translated("You see first what it means for the groups there are, and give the reason there.")
        return format_html('{} {} <div class="fp-subtle">{}</div>', state, way, note)

    @admin.display(description=_("group sync"), boolean=True, ordering="group_sync_enabled")
    def group_sync(self, company: Company) -> bool:
        return company.group_sync_enabled

    @admin.display(description=_("user provisioning"), boolean=True)
    def provisioning(self, company: Company) -> bool:
        return company.scim_allowed

    @admin.display(description=_("licences"), ordering="licence_count")
    def licences(self, company: Company) -> str:
        return translated("%(used)s of %(all)s") % {"used": company.licences_used, "all": company.licence_count}

    @admin.display(description=_("connection"))
    def connection(self, company: Any) -> str:
        was_seen = company.last_request is not None or company.is_failing
        if was_seen and not company.scim_allowed:
            look, words = "warn", _("Refused: not in the plan")
        elif company.is_failing:
            look, words = "bad", _("Failing")
        elif company.is_silent:
            look, words = "warn", _("Quiet")
        elif not was_seen:
            look, words = "", _("Never connected")
        else:
            look, words = "good", _("Connected")
        return format_html('<span class="fp-badge {}">{}</span>', look, words)

    @admin.display(description=_("look at"))
    def look_at(self, company: Company) -> str:
        """A button of the form around it, sent to another address."""
        return format_html(
            '<button type="submit" class="fp-button" formnovalidate formaction="{}">{}'
            '<span class="sr-only"> {}</span></button>',
            reverse(f"{self.admin_site.name}:teammates_company_look_at", args=[company.pk]),
            _("Look at"), company.name,
        )  # fmt: skip

    @admin.display(description=_("Tenant URL"))
    def tenant_url(self, company: Company) -> str:
        """What the guide has an admin enter in Entra, part 1, step 2."""
        return to_copy(tenant_url(), "tenant-url", called=translated("Tenant URL"))

    @admin.display(description=_("pages of this company"))
    def linked(self, company: Company) -> str:
        first = f"{reverse('admin:user_provisioning')}?company={company.public_id}"
        lists = [(list_of(label, company.pk), name) for label, name in LINKED]
        links = [(first, _("User provisioning")), *((url, name) for url, name in lists if url)]
        return format_html_join(" · ", '<a class="fp-link" href="{}">{}</a>', links)

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        role = role_of(request.user)
        assert role is not None
        changes = form.changes(*COMPANY_SETTINGS[role])
        request.changes_nothing = not changes  # type: ignore[attr-defined]
        companies.update_company(obj.pk, changes, actor=self.actor(request), reason=form.cleaned_data.get("reason", ""))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Saved as it was, the page says so, and is the next one."""
        if not getattr(request, "changes_nothing", False):
            return super().response_change(request, obj)
        self.message_user(request, translated("Nothing was changed."), messages.INFO)
        return HttpResponseRedirect(self.url_of("change", obj.pk))
