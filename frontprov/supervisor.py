"""supervisord, which keeps the programs of `manage.py run` alive and ends them together.

Its configuration is written into the data folder at each start. It holds no path that a user chose, which might
not survive its syntax: programs are found through PATH, the working directory is inherited, and the data folder is
named by an environment variable.
"""

import os
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import NoReturn

from django.conf import settings

from frontprov.embedded import paths

DATA_DIR = "%(ENV_FRONTPROV_DATA_DIR)s"
PROGRAM_LOGS = f"%{DATA_DIR}/log"  # supervisord expands these names twice, and a folder's name may hold a percent sign

# In the order they start; they stop in the opposite order. Seconds: how long one may take to stop.
PROGRAMS = {
    "postgresql": {"priority": "10", "stopsignal": "INT", "stopwaitsecs": "60"},
    "redis": {"priority": "20", "stopsignal": "TERM", "stopwaitsecs": "30"},
    "web": {"priority": "30", "stopsignal": "TERM", "stopwaitsecs": "20"},
    "worker": {"priority": "40", "stopsignal": "TERM", "stopwaitsecs": "30"},
    "beat": {"priority": "50", "stopsignal": "TERM", "stopwaitsecs": "10"},
}


def url(data_dir: Path) -> str:
    """What supervisord puts into the environment of all it starts, as SUPERVISOR_SERVER_URL."""
    return f"unix://{paths.supervisor_socket(data_dir)}"


def take_over(data_dir: Path) -> NoReturn:
    """Turn this process into supervisord: what is sent to `make run` reaches it, and its exit code is `make run`'s."""
    paths.private_folder(data_dir)
    written = data_dir / "supervisord.conf"
    with written.open("w") as file:
        _configuration(data_dir).write(file)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ["FRONTPROV_DATA_DIR"] = str(data_dir)
    os.chdir(settings.BASE_DIR)
    os.execv(sys.executable, [sys.executable, "-m", "supervisor.supervisord", "-c", str(written)])  # noqa: S606


def pid(data_dir: Path) -> str:
    return (data_dir / "supervisord.pid").read_text().strip()


def _configuration(data_dir: Path) -> RawConfigParser:
    configuration = RawConfigParser()
    configuration["unix_http_server"] = {"file": str(paths.supervisor_socket(data_dir)), "chmod": "0700"}
    configuration["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    configuration["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": f"{DATA_DIR}/log/supervisor.log",
        "pidfile": f"{DATA_DIR}/supervisord.pid",
        "childlogdir": f"{DATA_DIR}/log",
        "umask": "077",
        "minfds": "256",
        "minprocs": "1",
        **({"user": "root"} if os.geteuid() == 0 else {}),  # which tells supervisord that root is meant
    }
    for name in running():
        configuration[f"program:{name}"] = {
            "command": f"python -m frontprov {name}",
            "autorestart": "true",
            "startsecs": "2",
            "startretries": "1000",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": f"{PROGRAM_LOGS}/{name}.log",
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "3",
            **PROGRAMS[name],
        }
    configuration["eventlistener:announcer"] = {
        "command": "python -m frontprov announcer",
        "events": "PROCESS_STATE",
        "buffer_size": "100",
        "stdout_logfile": "NONE",
        **_terminal(),
    }
    return configuration


def running() -> list[str]:
    """The programs of this installation: a server that is named elsewhere is not run here."""
    elsewhere = {"postgresql": not settings.EMBEDDED_DATABASE, "redis": not settings.EMBEDDED_REDIS}
    return [name for name in PROGRAMS if not elsewhere.get(name)]


def _terminal() -> dict[str, str]:
    """Where the announcer speaks: our standard output, or a file where that cannot be opened by name (a socket)."""
    try:
        os.close(os.open("/dev/stdout", os.O_WRONLY | os.O_APPEND))
    except OSError:
        return {"stderr_logfile": f"{PROGRAM_LOGS}/announcer.log"}
    return {"stderr_logfile": "/dev/stdout", "stderr_logfile_maxbytes": "0"}
