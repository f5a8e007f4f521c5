"""What the provisioning service remembers between cycles, and what its steps share."""

import zlib
from dataclasses import dataclass, field
from typing import Any, Literal

from frontprov.simulator.client import Endpoint, ScimClient
from frontprov.simulator.outcome import Difference, Failure
from frontprov.simulator.tenant import Tenant

DialectName = Literal["flag", "noflag", "mixed"]


@dataclass
class Link:
    """One object's counterpart on the server. Its id is cached after creation or match and used from then on
    (Microsoft: "How application provisioning works in Microsoft Entra ID")."""

    id: str
    shown: dict[str, str | bool | None] = field(default_factory=dict)  # what the server should show by now
    manager: str | None = None  # SCIM id, as last seen or written
    manager_exported: bool = False
    members: set[str] = field(default_factory=set)  # SCIM ids this job has added
    foreign: set[str] = field(default_factory=set)  # SCIM ids found in the group at the match, not ours


@dataclass
class Job:
    """The provisioning job: directory, connection, cached links, and objects waiting to be tried again."""

    tenant: Tenant
    client: ScimClient
    dialect: DialectName
    descriptions: bool = False
    links: dict[str, Link] = field(default_factory=dict)
    escrow: dict[str, Failure] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)  # SCIM id -> label, of people and groups
    just_deleted: list[tuple[Endpoint, str]] = field(default_factory=list)  # in this cycle
    findings: list[Difference] = field(default_factory=list)
    cycle: int = 0

    def flag_for(self, object_id: str) -> bool:
        """Whether requests about this object carry the flag in this cycle."""
        if self.dialect == "mixed":
            return bool(zlib.crc32(f"{object_id}/{self.cycle}".encode()) & 1)
        return self.dialect == "flag"

    def set_aside(self, object_id: str, failure: Failure) -> None:
        """Put an object into escrow; a cached id that is gone is forgotten, so that the next cycle matches again."""
        if failure.status == 404:
            self.links.pop(object_id, None)
        self.escrow[object_id] = failure

    def note_deleted(self, endpoint: Endpoint, scim_id: str, label: str) -> None:
        """Remember an id that must not be seen again."""
        self.deleted[scim_id] = label
        self.just_deleted.append((endpoint, scim_id))

    def find(self, label: str, attribute: str, expected: Any, actual: Any) -> None:
        """Note something wrong that was met on the way, once."""
        difference = Difference(label, attribute, expected, actual)
        if difference not in self.findings:
            self.findings.append(difference)
