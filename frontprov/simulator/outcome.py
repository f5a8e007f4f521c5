"""What can go wrong with a request, in the words an admin will meet in Microsoft's provisioning log."""

from dataclasses import asdict, dataclass
from typing import Any

# Microsoft: "Analyze the Microsoft Entra provisioning logs", the table of error codes.
LOG_CODES = {
    400: "SystemForCrossDomainIdentityManagementServiceIncompatible",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    409: "EntryConflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
}


class Refused(Exception):
    """One object could not be provisioned. It goes to escrow and is tried again in the next cycle."""

    def __init__(self, method: str, path: str, status: int | None, detail: str, *, code: str | None = None) -> None:
        super().__init__(f"{method} {path}: {status or 'no answer'}: {detail}")
        self.method = method
        self.path = path
        self.status = status
        self.detail = detail
        self.code = code or LOG_CODES.get(status or 0, "InternalServerError")


class Stopped(Exception):
    """The connection itself is at fault: Entra would quarantine the whole job, so the run ends here."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(f"{reason}: {explanation}")
        self.reason = reason
        self.explanation = explanation


@dataclass(frozen=True)
class Failure:
    """An object in escrow. `operation` is what was being done to it."""

    object: str
    operation: str
    method: str
    path: str
    status: int | None
    code: str
    detail: str

    @classmethod
    def of(cls, label: str, operation: str, refusal: Refused) -> "Failure":
        return cls(label, operation, refusal.method, refusal.path, refusal.status, refusal.code, refusal.detail)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Difference:
    """Something the server shows otherwise than the tenant says. Both sides as JSON values."""

    object: str
    attribute: str
    expected: Any
    actual: Any

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
