"""A bare Django view over psycopg: one SELECT for the token and one indexed statement, and no rule at all."""

import hashlib
import json

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

TOKEN = "SELECT company_id FROM teammates_apitoken WHERE digest = %s AND revoked_at IS NULL"
LOOK_UP = "SELECT id, login, first_name, last_name, email FROM teammates_teammate WHERE company_id = %s AND {} = %s"
GROUP = "SELECT id, name FROM teammates_teammategroup WHERE company_id = %s AND name_key = %s"
UPDATE = "UPDATE teammates_teammate SET first_name = %s WHERE company_id = %s AND id = %s RETURNING login"
MEMBER = {
    "add": "INSERT INTO teammates_membership (company_id, group_id, teammate_id, confirmed) VALUES (%s, %s, %s, true) "
    "ON CONFLICT DO NOTHING",
    "remove": "DELETE FROM teammates_membership WHERE company_id = %s AND group_id = %s AND teammate_id = %s",
}


def view(request: HttpRequest, collection: str, pk: str = "") -> HttpResponse:
    value = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    with connection.cursor() as cursor:
        cursor.execute(TOKEN, [hashlib.sha256(value.encode()).digest()])
        (company,) = cursor.fetchone()
        number = int(pk[4:], 36) if pk else 0
        if request.method == "PATCH":
            operation = json.loads(request.body)["Operations"][0]
            if collection == "Groups":
                member = int(operation["value"][0]["value"][4:], 36)
                cursor.execute(MEMBER[operation["op"]], [company, number, member])
                return HttpResponse(status=204)
            cursor.execute(UPDATE, [operation["value"], company, number])
        elif collection == "Groups":
            cursor.execute(GROUP, [company, request.GET["filter"].split('"')[1].lower()])
        elif number:
            cursor.execute(LOOK_UP.format("id"), [company, number])
        else:
            cursor.execute(LOOK_UP.format("login_key"), [company, request.GET["filter"].split('"')[1]])
        row = cursor.fetchone()
    return HttpResponse(json.dumps(row), content_type="application/scim+json")


urlpatterns = [re_path(r"^floor/(?P<collection>Users|Groups)(?:/(?P<pk>[^/]+))?$", view)]
