"""The embedded Redis of a data folder."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from frontprov.embedded import paths, wheels


@dataclass(frozen=True)
class Redis:
    """durable: off for tests, which start empty."""

    data_dir: Path
    durable: bool = True
    name = "Redis"

    @property
    def folder(self) -> Path:
        return self.data_dir / "redis"

    def command(self) -> list[str]:
        return [
            str(wheels.redis("redis-server")),
            *("--port", "0"),
            *("--unixsocket", str(paths.redis_socket(self.data_dir))),
            *("--unixsocketperm", "600"),
            *("--dir", str(self.folder)),
            *("--databases", "64"),
            *("--save", "60 1" if self.durable else ""),
            *("--stop-writes-on-bgsave-error", "no"),
        ]

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def check(self) -> None:
        """Return if the server answers; raise redis.ConnectionError if not."""
        self._client().ping()

    def stop(self) -> None:
        """Save and leave."""
        with suppress(redis.ConnectionError):
            self._client().shutdown()

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(paths.redis_socket(self.data_dir)),
            socket_timeout=3,
            retry=Retry(NoBackoff(), 0),
        )
