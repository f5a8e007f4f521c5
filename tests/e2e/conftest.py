"""One running installation for all tests that drive the real server."""

from collections.abc import Iterator

import pytest

from tests.e2e.installation import Installation


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real thing: `base_url`, `scim_base_url`, and in `card` the token, admin_email and admin_password."""
    installation = Installation(tmp_path_factory.mktemp("running-server") / "var")
    try:
        installation.start()
        yield installation
    finally:
        installation.remove()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one installation stay on one worker, so that it is started once (needs --dist loadgroup)."""
    for item in items:
        if "running_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("running_server"))
        elif "installation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("installation"))
