"""The shell around every view: who asks, what they sent, and one way for everything that goes wrong."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from teammates.api.authentication import REALM, TokenAuthentication, actor_of
from teammates.api.content import ACCEPTED, JSONParser, json_response
from teammates.api.errors import bad_request, error_of
from teammates.api.middleware import PREFIX
from teammates.api.pagination import PAGING, Paging, page_of
from teammates.api.permissions import HasProvisioning
from teammates.api.throttling import Budget, CompanyBudget
from teammates.bodies import receive
from teammates.endpoints import TokenEndpoint
from teammates.services.events import Actor


class Endpoint(TokenEndpoint):
    """Authentication, permission, limits, parsing and errors. `query` names what a GET may be asked with."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasProvisioning]
    throttle_classes = [CompanyBudget]
    parser_classes = [JSONParser]
    http_method_names = ["get", "post", "patch", "delete", "head"]
    query: ClassVar[frozenset[str]] = frozenset()
    budget: Budget | None = None

    @property
    def actor(self) -> Actor:
        return actor_of(self.token)

    @property
    def base(self) -> str:
        """What every link begins with: PUBLIC_URL where the operator named one, else the address that was asked."""
        asked = self.request._request
        host = settings.PUBLIC_URL if settings.PUBLIC_URL_IS_NAMED else f"{asked.scheme}://{asked.get_host()}"
        return f"{host}{PREFIX}"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks is settled before anything is read. The answer is JSON whatever the Accept header says."""
        request._request.get_host()  # raises for a host this server does not answer to
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        allowed = self.query if request.method in ("GET", "HEAD") else frozenset()
        if request._request.method in self.allowed_methods:
            self._refuse_unknown_query(allowed)

    def _refuse_unknown_query(self, allowed: frozenset[str]) -> None:
        unknown = [name for name in self.request.query_params if name not in allowed]
        if unknown:
            known = f"It takes {' and '.join(sorted(allowed))}." if allowed else "It takes none."
            raise bad_request(*(f"{name[:100]}: This address takes no such parameter. {known}" for name in unknown))

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> None:
        if self.budget is not None:
            for name, value in self.budget.headers().items():
                response.headers[name] = value

    def refusal(self, exc: Exception) -> HttpResponse:
        error = error_of(exc, str(self.request.method))
        headers: dict[str, str] = {}
        if isinstance(exc, AuthenticationFailed):
            headers["WWW-Authenticate"] = REALM
        elif error.status == 403:
            headers["WWW-Authenticate"] = f'{REALM}, error="insufficient_scope", scope="provisioning"'
        elif error.status == 415:
            headers |= ACCEPTED
        return json_response(error.body(), error.status, headers)

    # --- reading a request ---

    def body(self, form: type[Serializer[Any]]) -> dict[str, Any]:
        """The body, held to `form`: what it says by name. Raises ParseError, ValidationError, what `receive` raises."""
        asked = self.request._request
        receive(asked)
        if not asked.body:
            raise ParseError("The body is empty. Send a JSON object.")
        data = self.request.data
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        checked = form(data=data)
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    # --- answering ---

    def listing(
        self, rows: QuerySet[Any], render: Callable[[Any], Mapping[str, Any]], *, key: str = "pk"
    ) -> HttpResponse:
        """A page of `rows` in the order of `key`, a number that each row has alone."""
        page, token = page_of(rows, Paging.read(self.request.query_params), key)
        return self.results([render(row) for row in page], {"page_token": token} if token else None)

    def results(self, rendered: list[Mapping[str, Any]], following: Mapping[str, str] | None) -> HttpResponse:
        """A list. following: the parameters that lead to the next page, if there is one."""
        address = f"{self.base}{self.request._request.path_info[len(PREFIX) :]}"
        kept = self.request.query_params.copy()
        link = address + (f"?{kept.urlencode()}" if kept else "")
        for name, value in (following or {}).items():
            kept[name] = value
        following_link = f"{address}?{kept.urlencode()}" if following else None
        return json_response({"_pagination": {"next": following_link}, "_links": {"self": link}, "_results": rendered})


class ListEndpoint(Endpoint):
    query = PAGING


class NothingHere(Endpoint):
    """Every path that is none."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request._request.get_host()
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        raise Http404
