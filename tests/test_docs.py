"""The documentation says what is there: tests that it names exist, and files that it links."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")])
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(#[\w-]+)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def anchors_of(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def named_tests() -> Iterator[tuple[str, str, str]]:
    for page in PAGES:
        for path, name in NAMED_TEST.findall(page.read_text()):
            yield page.name, path, name


def test_every_test_that_the_documentation_names_exists():
    named = list(named_tests())
    known = {path: defined_in(PROJECT / path) for path in {path for _, path, _ in named} if (PROJECT / path).is_file()}

    assert len(named) > 100
    assert [entry for entry in named if entry[2] not in known.get(entry[1], set())] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_the_documentation_leads_somewhere(page):
    for target, anchor in LINK.findall(page.read_text()):
        found = page.parent / target
        assert found.exists(), target
        assert not anchor or anchor[1:] in anchors_of(found.read_text()), target + anchor
