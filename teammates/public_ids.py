"""Public ids: a prefix and the base-36 of the primary key, as the product's own API writes them (`tea_6nvkx`)."""

import string

DIGITS = string.digits + string.ascii_lowercase
LARGEST = 2**63 - 1  # a PostgreSQL bigint


def encode(prefix: str, number: int) -> str:
    """The public id of a primary key: encode("tea", 11191713) is "tea_6nvkx"."""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
        if not number:
            return f"{prefix}_{digits}"


def decode(prefix: str, public_id: object) -> int | None:
    """The primary key behind a public id; None for anything that `encode` would not have written."""
    if not isinstance(public_id, str) or not public_id.startswith(prefix + "_"):
        return None
    digits = public_id[len(prefix) + 1 :]
    if not 0 < len(digits) <= 13 or not digits.isascii() or not digits.isalnum() or digits != digits.lower():
        return None
    number = int(digits, 36)
    return number if number <= LARGEST and (digits[0] != "0" or digits == "0") else None
