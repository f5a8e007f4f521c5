"""The operating-system account PostgreSQL runs under.

PostgreSQL refuses to run as root. For an ordinary user nothing is to be done; for root the server runs as
`nobody`, and keeps the one capability that lets it reach its folder wherever it is (a clone under a private
home folder, say). Where a container withholds that capability, it does without, if the folders on the way are
open.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from frontprov.embedded.errors import EmbeddedServerError

SERVANT = "nobody"


def current() -> str:
    """The name of the user who runs this; PostgreSQL asks the system for it, and so must we."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedServerError(
            f"User id {os.geteuid()} has no name on this system, and PostgreSQL does not run without one: "
            "add the user, or name a server in DATABASE_URL."
        ) from None


def own(path: Path) -> None:
    """Give root's file or folder, with all in it, to the account PostgreSQL runs under.

    What has another owner is left as it is: root must not follow where that owner may have laid links.
    """
    if os.geteuid() != 0 or path.lstat().st_uid != 0:
        return
    servant = pwd.getpwnam(SERVANT)
    for folder, _, files in os.walk(path, topdown=False):
        for each in (*(os.path.join(folder, name) for name in files), folder):
            os.chown(each, servant.pw_uid, servant.pw_gid, follow_symlinks=False)


@cache
def prefix(program: Path, folder: Path) -> tuple[str, ...]:
    """The words before a PostgreSQL command line, so that it can read its program and write its folder."""
    if os.geteuid() != 0:
        return ()
    for words in _candidates():
        attempt = [
            *words,
            "sh",
            "-c",
            'cd "$1" && test -w . -a -x "$2" && "$2" --version',
            "sh",
            str(folder),
            str(program),
        ]
        if subprocess.run(attempt, cwd="/", capture_output=True, check=False).returncode == 0:  # noqa: S603
            return words
    raise EmbeddedServerError(
        f"PostgreSQL does not run as root, and the user {SERVANT} can reach {folder} or {program} in no way this "
        "system allows. Run this as an ordinary user, or keep both below folders that anyone may pass through "
        "(FRONTPROV_DATA_DIR names the first), or name a server in DATABASE_URL."
    )


def _candidates() -> Iterator[tuple[str, ...]]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and setpriv (of util-linux) is not there to change the user. "
            "Run this as an ordinary user, or name a server in DATABASE_URL."
        )
    servant = pwd.getpwnam(SERVANT)
    become = (setpriv, f"--reuid={servant.pw_uid}", f"--regid={servant.pw_gid}", "--clear-groups")
    # The secure bit has access(2), with which PostgreSQL looks at its own programs, honour the capability too.
    capable = ("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    yield (*become, *capable, "--")
    yield (*become, "--")
