"""A file of members as rows: what spreadsheet programs write for CSV is read, and what is none is named."""

import codecs
import csv
import io
import re
from typing import BinaryIO

from django.utils.translation import gettext as _

from teammates.errors import Refusal

COLUMN = "teammate_login_email"
LARGEST_FILE = 5 * 1024 * 1024  # bytes
MOST_ROWS = 50_000
SEPARATORS = (",", ";", "\t")  # of spreadsheet programs, by language; the first where the header has none
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods and .numbers are ZIP files; .xls is a compound file
NAMED_SEPARATOR = re.compile(r"sep=([,;\t|])", re.IGNORECASE)  # a first line by which Excel is told
LONGEST_NAME = 60  # characters of a heading that a refusal repeats

Row = tuple[int, list[str]]


class FileRefused(Refusal):
    """A file that cannot be read as rows of members. The text says what it is and what to do."""


def read_rows(file: BinaryIO) -> list[Row]:
    """The rows behind the header that are not blank: the number of the line, and its cells. Raises FileRefused.

    Empty cells at the end of a row are none: spreadsheet programs write them for columns that were emptied.
    """
    lines = _text(file).replace("\r\n", "\n").replace("\r", "\n")
    if not lines.strip():
        raise FileRefused(empty())
    named = NAMED_SEPARATOR.fullmatch(lines.partition("\n")[0].strip())
    reader = csv.reader(io.StringIO(lines, newline="\n"), delimiter=_separator(lines, named), strict=True)
    try:
        rows = [(reader.line_num, _without_empty_end(cells)) for cells in reader]
    except csv.Error as error:
        what = _("Line %(line)s cannot be read as CSV. Look for a quotation mark that is not closed.")
        raise FileRefused(what % {"line": reader.line_num}) from error
    header, *members = [row for row in (rows[1:] if named else rows) if row[1]] or [(1, [""])]
    _check_header(header[1])
    if not members:
        raise FileRefused(_("The file has a header and no rows. Write one login e-mail on each line."))
    if len(members) > MOST_ROWS:
        what = _("The file has %(rows)s rows, and %(most)s may be imported at once. Split it.")
        raise FileRefused(what % {"rows": len(members), "most": MOST_ROWS})
    return members


def empty() -> str:
    text = _("The file is empty. It needs the heading %(column)s, and one login e-mail on each line below it.")
    return text % {"column": COLUMN}


def _text(file: BinaryIO) -> str:
    """UTF-8 with or without its mark, or UTF-16 with one, as Excel's “Unicode text” is."""
    content = file.read(LARGEST_FILE + 1)
    if content.startswith(WORKBOOKS):
        text = _(
            "This is a workbook (.xlsx, .xls, .ods or .numbers) and no CSV file. Open it, save the sheet as “CSV "
            "UTF-8” with the one column %(column)s, and choose that file."
        )
        raise FileRefused(text % {"column": COLUMN})
    if len(content) > LARGEST_FILE:
        raise FileRefused(_("The file is larger than 5 MB. Split it, and import one part after the other."))
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in content:
            raise FileRefused(_no_file_of_text()) from error
        text = _(
            "The letters of this file are not in UTF-8, so names with accents cannot be read. Save it again as “CSV "
            "UTF-8”: in Excel that is a file type of Save As."
        )
        raise FileRefused(text) from error


def _no_file_of_text() -> str:
    text = _("This is no CSV file. Write a text file with the heading %(column)s, then one login e-mail a line.")
    return text % {"column": COLUMN}


def _separator(lines: str, named: re.Match[str] | None) -> str:
    """The one that a first line names, or that the header has."""
    if named is not None:
        return named[1]
    header = lines.lstrip().partition("\n")[0]
    return max(SEPARATORS, key=header.count)  # the first of them when it has none


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _check_header(cells: list[str]) -> None:
    names = [cell.strip()[:LONGEST_NAME] for cell in cells]
    if [name.lower() for name in names] == [COLUMN]:
        return
    words = {"column": COLUMN, "first": names[0], "names": ", ".join(names[:10]), "n": len(names)}
    if COLUMN in map(str.lower, names):
        what = _("The file has %(n)s columns: %(names)s. Delete all but %(column)s, and save it again.")
    elif "\x00" in names[0]:
        what = _no_file_of_text()
    elif "@" in names[0]:
        what = _("The first line is %(first)s, and has to be the heading. Write %(column)s above the addresses.")
    elif len(names) > 1:
        what = _(
            "The file has %(n)s columns: %(names)s. Keep the one with the login e-mails, and name it %(column)s in the "
            "first line."
        )
    else:
        what = _("The heading is “%(first)s”, and has to be %(column)s. Rename it in the first line of the file.")
    raise FileRefused(what % words)
