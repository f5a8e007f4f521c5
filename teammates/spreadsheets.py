"""Texts in CSV files that spreadsheets open: none of them may run as a formula."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes a cell that begins with it for


def guarded(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula, or for guarded."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """What the text was before it was guarded."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
