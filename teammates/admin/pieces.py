"""Small things that pages are put together from: a value to copy, a badge, a link, a table, a bar."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join

Text = str | Promise
Shows = Callable[[Any, Any], str]


def once(method: Shows) -> Shows:
    """For what a page works out with queries: the theme asks twice, and gets the first answer again."""

    @wraps(method)
    def shown(pages: Any, row: Any) -> str:
        kept = row.__dict__.setdefault("worked_out", {})
        if method.__name__ not in kept:
            kept[method.__name__] = method(pages, row)
        answer: str = kept[method.__name__]
        return answer

    return shown


def to_copy(value: str, key: str, label: Text = "", action: Text = "", called: Text = "") -> str:
    """A value in a field with a Copy button. key: unique on the page. action: what the button is called.

    called: what it is, for those who hear the page, where its name stands beside it already.
    """
    context = {"value": value, "id": key, "label": label, "copy_action": action, "called": called or label}
    return render_to_string("admin/teammates/copy.html", context)


def badge(text: object, tone: str = "") -> str:
    """A state in one word or two. tone: good, warn, bad or info."""
    return format_html('<span class="fp-badge {}">{}</span>', tone, text)


def link(url: str, text: Any) -> str:
    return format_html('<a class="fp-link" href="{}">{}</a>', url, text)


def lines(parts: Iterable[Any]) -> str:
    """Each on a line of its own."""
    return format_html_join("", "<div>{}</div>", ((part,) for part in parts))


def table(headings: Sequence[Text], rows: Iterable[Sequence[Any]]) -> str:
    """HTML. On a narrow page each row is a card, on which its cells stand beneath one another with their headings."""
    head = format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings))
    cells = (format_html_join("", '<td data-label="{}">{}</td>', zip(headings, row, strict=True)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((row,) for row in cells))
    return format_html(
        '<div class="fp-scroll"><table class="fp-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        body,
    )


def bar(part: int, whole: int, text: Text) -> str:
    """How much of something is used up, as a bar and in words."""
    percent = min(100, round(100 * part / whole)) if whole else 100
    tone = "bad" if part >= whole else "warn" if percent >= 90 else "good"
    return format_html(
        '<div class="fp-bar {}" aria-hidden="true"><div style="width: {}%"></div></div><div>{}</div>',
        tone, percent, text,
    )  # fmt: skip
