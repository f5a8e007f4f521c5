"""The views: django-scim2's, behind our endpoint, over our adapters."""

from collections.abc import Iterator
from itertools import chain, groupby, islice
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django_scim import views as django_scim_views
from django_scim.constants import SchemaURI
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request

from scim import reading
from scim.adapters.base import CompanyAdapter, Unread
from scim.adapters.teammate import custom_attribute
from scim.attributes import CUSTOM_FIELDS_URN, GROUP, USER, ResourceType, user_resource
from scim.content import CONTENT_TYPE, scim_response
from scim.endpoint import ScimEndpoint
from scim.errors import NotFound
from scim.lists import Page, Query, find_groups, find_users, parameters_of
from scim.projection import Projection
from scim.reading import GroupRow, MemberRow, UserRow
from scim.rendering import group_resource, member_resources
from scim.rendering import user_resource as rendered_user
from scim.versioning import etag, is_unchanged
from teammates.models import CustomField

MEMBERS_AT_ONCE = 500  # members of a group in one piece of a streamed answer


class CompanyResource(ScimEndpoint):
    """What Users and Groups share: a collection and its items, of the company of the token."""

    resource_type: ResourceType
    lookup_url_kwarg = "uuid"
    request: Request

    @property
    def allowed_methods(self) -> list[str]:
        return ["GET", "PUT", "PATCH", "DELETE"] if self.kwargs.get(self.lookup_url_kwarg) else ["GET", "POST"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.recorder.asked_for = self.kwargs.get(self.lookup_url_kwarg) or ""
        if request.method not in (*self.allowed_methods, "HEAD"):
            raise MethodNotAllowed(str(request.method))

    def resource_for(self, text: str) -> ResourceType:
        """The resource type that a query may speak of."""
        return self.resource_type

    def query_projection(self, query: Any = None) -> Projection:
        query = self.request._request.GET if query is None else query
        return Projection.of(self.resource_for(str(dict(query))), query)

    def adapter(self) -> CompanyAdapter:
        """The adapter for the resource in the URL, or for a new one. Raises NotFound for an id of nobody's."""
        model = self.model_cls  # type: ignore[attr-defined]
        public_id = self.kwargs.get(self.lookup_url_kwarg)
        pk = None if public_id is None else model.pk_of(public_id)
        if public_id is not None and pk is None:
            raise self.not_found()
        adapter = self.scim_adapter(Unread(pk, public_id or ""), request=self.request)  # type: ignore[attr-defined]
        self.recorder.adapter = adapter
        return adapter

    def not_found(self) -> NotFound:
        return NotFound(f"No {self.resource_type.name} {self.kwargs.get(self.lookup_url_kwarg)} in this company.")

    def get_many(self, request: Request) -> HttpResponseBase:
        return self.listing(request._request.GET)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        adapter = self.adapter()
        adapter.from_dict(self.load_body())
        adapter.save()
        return self.answer(adapter, 201)

    def put(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        adapter = self.adapter()
        adapter.from_dict(self.load_body())
        adapter.save()
        return self.answer(adapter, 200)

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        adapter = self.adapter()
        adapter.patch(self.load_body())
        return self.answer(adapter, 200)

    def delete(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.adapter().delete()
        return scim_response(None, 204)

    def answer(self, adapter: CompanyAdapter, status: int) -> HttpResponseBase:
        """The written resource, with its location and version."""
        document = self.complete(adapter, adapter.to_dict())
        headers = {"ETag": document["meta"]["version"], "Location": document["meta"]["location"]}
        return scim_response(self.query_projection().apply(document), status, headers)

    def complete(self, adapter: CompanyAdapter, document: dict[str, Any]) -> dict[str, Any]:
        return document


class UsersView(CompanyResource, django_scim_views.UsersView):
    """/Users and /Users/{id}."""

    resource_type = USER

    def resource_for(self, text: str) -> ResourceType:
        if CUSTOM_FIELDS_URN.lower() not in text.lower():
            return USER
        return company_user_resource(self.company.pk)

    def complete(self, adapter: CompanyAdapter, document: dict[str, Any]) -> dict[str, Any]:
        if not self.query_projection().wants("groups"):
            document["meta"]["version"] = etag(adapter.version)  # as a read without the groups shows it
        return document

    def get_single(self, request: Request) -> HttpResponseBase:
        projection = self.query_projection()
        row = reading.user(self.company.pk, self.kwargs["uuid"], with_groups=projection.wants("groups"))
        if row is None:
            raise self.not_found()
        tag = etag(row.version, row.groups)
        if is_unchanged(request._request, tag):
            return HttpResponse(status=304, headers={"ETag": tag}, content_type=CONTENT_TYPE)
        document = rendered_user(row, self.base)
        headers = {"ETag": tag, "Location": document["meta"]["location"]}
        return scim_response(projection.apply(document), 200, headers)

    def listing(self, query: Any) -> HttpResponseBase:
        projection = self.query_projection(query)
        page = find_users(
            self.company.pk,
            Query.of(query),
            self.resource_for(str(dict(query))),
            with_groups=projection.wants("groups"),
        )
        base = self.base
        return scim_response(list_response(page, [projection.apply(rendered_user(row, base)) for row in page.rows]))


class GroupsView(CompanyResource, django_scim_views.GroupsView):
    """/Groups and /Groups/{id}. Members are read only when asked for, and streamed."""

    resource_type = GROUP

    def get_single(self, request: Request) -> HttpResponseBase:
        projection = self.query_projection()
        row = reading.group(self.company.pk, self.kwargs["uuid"])
        if row is None:
            raise self.not_found()
        tag = etag(row.version)
        if is_unchanged(request._request, tag):
            return HttpResponse(status=304, headers={"ETag": tag}, content_type=CONTENT_TYPE)
        document = group_resource(row, self.base)
        headers = {"ETag": tag, "Location": document["meta"]["location"]}
        if not projection.wants("members"):
            return scim_response(projection.apply(document), 200, headers)
        return StreamingHttpResponse(
            chain.from_iterable(self.with_members([row], projection)), headers={**headers, "Content-Type": CONTENT_TYPE}
        )

    def listing(self, query: Any) -> HttpResponseBase:
        projection = self.query_projection(query)
        page = find_groups(self.company.pk, Query.of(query))
        if not (page.rows and projection.wants("members")):
            documents = [projection.apply(group_resource(row, self.base)) for row in page.rows]
            return scim_response(list_response(page, documents))
        head = orjson.dumps(list_response(page, []))
        return StreamingHttpResponse(
            _spliced(head, b'"Resources":[', self.with_members(page.rows, projection)), content_type=CONTENT_TYPE
        )

    def with_members(self, rows: Any, projection: Projection) -> Iterator[Iterator[bytes]]:
        """Each group as the pieces of its JSON; the members come from one ordered read over all of them."""
        base = self.base
        ordered = sorted(rows, key=lambda row: row.pk)
        found = groupby(
            chain.from_iterable(reading.members(self.company.pk, [row.pk for row in ordered])), lambda row: row.group
        )
        if [row.pk for row in ordered] == [row.pk for row in rows]:
            upcoming = next(found, None)
            for row in rows:
                members: Iterator[MemberRow] = iter(())
                if upcoming is not None and upcoming[0] == row.pk:
                    members = upcoming[1]
                    yield self.pieces(row, members, projection, base)
                    upcoming = next(found, None)
                else:
                    yield self.pieces(row, members, projection, base)
            return
        collected = {group: list(members) for group, members in found}
        for row in rows:
            yield self.pieces(row, iter(collected.get(row.pk, ())), projection, base)

    def pieces(self, row: GroupRow, members: Iterator[MemberRow], projection: Projection, base: str) -> Iterator[bytes]:
        document = projection.apply(group_resource(row, base))
        yield orjson.dumps(document)[:-1]
        lead = b',"members":['
        while batch := list(islice(members, MEMBERS_AT_ONCE)):
            shown = member_resources(batch, base, **self.member_parts(projection))
            if values := projection.apply({"members": shown}).get("members"):
                yield lead + orjson.dumps(values)[1:-1]
                lead = b","
        yield b"]}" if lead == b"," else b"}"

    def member_parts(self, projection: Projection) -> dict[str, bool]:
        """Which parts of a member the company and the request want, for rendering.member_resources."""
        return {"refs": self.company.show_member_refs, "names": projection.asks_for("members", "display")}

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """204, as Microsoft asks; with `attributes` the answer must be 200 with a body (RFC 7644 §3.5.2)."""
        adapter = self.adapter()
        adapter.patch(self.load_body())
        if "attributes" in request.GET:
            return self.answer(adapter, 200)
        return scim_response(None, 204, {"ETag": etag(adapter.version)})

    def complete(self, adapter: CompanyAdapter, document: dict[str, Any]) -> dict[str, Any]:
        projection = self.query_projection()
        if projection.wants("members"):
            rows = chain.from_iterable(reading.members(self.company.pk, [adapter.obj.pk]))
            members = member_resources(rows, self.base, **self.member_parts(projection))
            if members:
                document["members"] = members
        return document


class SearchMixin(ScimEndpoint):
    """POST to /.search: a query in a body, for filters too long or too private for a URL (RFC 7644 §3.4.3)."""

    is_write = False  # whatever its method says

    @property
    def allowed_methods(self) -> list[str]:
        return ["POST"]

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.listing(parameters_of(self.load_body()))


class UserSearchView(SearchMixin, UsersView):
    """POST /Users/.search."""


class GroupSearchView(SearchMixin, GroupsView):
    """POST /Groups/.search."""


class NotImplementedView(ScimEndpoint):
    """What this server does not offer: 501 in SCIM form (RFC 7644 §3.11)."""

    implemented = False


class NotFoundView(ScimEndpoint):
    """Every other path under the prefix."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing here. Resources are at /Users and /Groups.")


def company_user_resource(company_id: int) -> ResourceType:
    """The User resource type with the company's own custom fields."""
    return user_resource([custom_attribute(field) for field in CustomField.objects.filter(company_id=company_id)])


def list_response(page: Page[UserRow] | Page[GroupRow], resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The ListResponse around a page (RFC 7644 §3.4.2)."""
    place = {"startIndex": page.start} if page.next_cursor is None else {}
    more = {"nextCursor": page.next_cursor} if page.next_cursor else {}
    return {
        "schemas": [SchemaURI.LIST_RESPONSE],
        "totalResults": page.total,
        **place,
        "itemsPerPage": len(page.rows),
        **more,
        "Resources": resources,
    }


def _spliced(document: bytes, mark: bytes, items: Iterator[Iterator[bytes]]) -> Iterator[bytes]:
    """A JSON document with the items inserted after `mark`."""
    before, after = document.split(mark)
    yield before + mark
    for number, pieces in enumerate(items):
        if number:
            yield b","
        yield from pieces
    yield after
