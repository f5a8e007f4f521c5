"""What a server answered, whichever door it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.test import Client

from teammates.models import ApiToken


@dataclass
class JsonAnswer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @cached_property
    def body(self) -> Any:
        return json.loads(self.content)

    def __getitem__(self, key: str) -> Any:
        return self.body[key]


def ask(
    client: Client,
    token: ApiToken | str | None,
    method: str,
    address: str,
    body: Any,
    content_type: str,
    headers: dict[str, str],
) -> Any:
    """The response to a request with this token. body: bytes go as they are, anything else as JSON.

    headers: by name, with underscores for dashes.
    """
    value = token.value if isinstance(token, ApiToken) else token  # type: ignore[attr-defined]
    if value is not None:
        headers.setdefault("authorization", f"Bearer {value}")
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.generic(method, address, data, content_type=content_type, headers=named)
