"""A change that is asked about before it is saved, as actions are: what it takes from whom."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from teammates.admin.actions import name_the_way

if TYPE_CHECKING:
    from teammates.admin.base import ScopedAdmin

ANSWER = "asked_and_confirmed"
Text = str | Promise


class Question(Exception):
    """Raised where a form is saved, unless `is_answered`: nothing is saved, and the page asks.

    description: what the button that confirms is called. consequences, facts: as of a confirmed action.
    """

    def __init__(self, description: Text, consequences: Text, facts: Sequence[Text]) -> None:
        super().__init__(str(description))
        self.description, self.consequences, self.facts = description, consequences, facts


def is_answered(request: HttpRequest) -> bool:
    return request.POST.get(ANSWER) == "yes"


def asking(pages: "ScopedAdmin", request: HttpRequest, row: Model, question: Question) -> HttpResponse:
    """The page that asks. It sends again what the form had, with the answer."""
    name_the_way(pages, request, question.description, row)
    sent = [(name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values]
    context: dict[str, Any] = {
        **pages.admin_site.each_context(request),
        "title": question.description,
        "question": question,
        "sent": [*sent, (ANSWER, "yes")],
        "back": pages.url_of("change", row.pk),
        "opts": pages.opts,
    }
    return TemplateResponse(request, "admin/teammates/confirm_change.html", context)
