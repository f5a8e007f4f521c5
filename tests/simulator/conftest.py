from collections.abc import Callable

import pytest

from frontprov.simulator.client import ScimClient, TenantUrl
from frontprov.simulator.run import Plan, Run, RunReport
from tests.simulator.scim_server import TOKEN, ScimServer


class Silent:
    """A progress display that shows nothing."""

    def start(self, label: str, total: int) -> None:
        pass

    def advance(self) -> None:
        pass


@pytest.fixture
def play() -> Callable[..., RunReport]:
    """Play a plan against a server; waits between retries are skipped and noted in `play.waits`."""

    def play(server: ScimServer, *, base: str = "", **plan: object) -> RunReport:
        url = TenantUrl.parse(base or server.base)
        client = ScimClient(url, TOKEN, connections=4, sleep=waits.append)
        settings = {"users": 24, "groups": 3, "cycles": 3, "seed": 1, "dialect": "noflag"} | plan
        try:
            return Run(Plan(**settings), client, Silent()).play()  # type: ignore[arg-type]
        finally:
            client.close()

    waits: list[float] = []
    play.waits = waits  # type: ignore[attr-defined]
    return play
