"""The Markdown of our documents as Typst markup: headings, paragraphs, lists, tables, code, links, images."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LETTER, CELL_PADDING = 0.0118, 0.025
"""Widths of a letter and of the space beside a cell's text, as shares of the line."""
LONGEST_UNBROKEN = 26
"""Code of at most this many letters is not broken at a slash or a space."""
SPECIAL = set("\\#$%&*_`<>@[]~=-+/\"'")


def convert(markdown: str) -> str:
    """Typst markup of a whole document. Its first heading is left out: it stands on the title page; comments too."""
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(COMMENT.sub("", markdown)))
    blocks = [node for node in root.children if not (node.type == "heading" and node.tag == "h1")]
    return _blocks(blocks)


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "\n\n".join(_block(node) for node in nodes) + "\n"


def _block(node: SyntaxTreeNode) -> str:
    if node.type not in BLOCKS:
        raise ValueError(f"{node.type} is not provided for in a document that becomes a PDF")
    return BLOCKS[node.type](node)


def _heading(node: SyntaxTreeNode) -> str:
    return "=" * (int(node.tag[1]) - 1) + " " + _inline(node.children)


def _list(node: SyntaxTreeNode) -> str:
    kind = "list" if node.type == "bullet_list" else "enum"
    return f"#{kind}({', '.join(f'[{_blocks(item.children).strip()}]' for item in node.children)})"


def _code(node: SyntaxTreeNode) -> str:
    language = json.dumps(node.info.strip() or "text")
    return f"#raw(block: true, lang: {language}, {json.dumps(node.content.rstrip(), ensure_ascii=False)})"


def _paragraph(node: SyntaxTreeNode) -> str:
    parts = node.children[0].children
    if len(parts) == 1 and parts[0].type == "image":
        picture = parts[0]
        return f"#drawing({json.dumps(picture.attrs['src'])}, [{_inline(picture.children)}])"
    return _inline(node.children)


def _table(node: SyntaxTreeNode) -> str:
    rows = [row for part in node.children for row in part.children]
    cells = [[_inline(cell.children) for cell in row.children] for row in rows]
    shares = ", ".join(f"{share}fr" for share in _shares(rows))
    head = ", ".join(f"[{cell}]" for cell in cells[0])
    body = ",\n  ".join(", ".join(f"[{cell}]" for cell in row) for row in cells[1:])
    return f"#sheet(({shares},),\n  ({head},),\n  {body},\n)"


def _shares(rows: list[SyntaxTreeNode]) -> list[int]:
    """How much of the width each column gets: by the length of its words, long ones less than in proportion.

    No column is narrower than its longest word.
    """
    columns = [[_plain(cell) for cell in column] for column in zip(*(row.children for row in rows), strict=True)]
    lengths = [[len(cell) for cell in column] for column in columns]
    by_length = [max((sum(column) / len(column) * max(column)) ** 0.4, 2) for column in lengths]
    words = [max(len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    whole = sum(by_length)
    return [
        round(1000 * max(share / whole, CELL_PADDING + LETTER * word))
        for share, word in zip(by_length, words, strict=True)
    ]


def _plain(node: SyntaxTreeNode) -> str:
    return "".join(part.content for part in node.walk() if part.type in ("text", "code_inline"))


def _inline(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "".join(_span(node) for node in nodes)


def _span(node: SyntaxTreeNode) -> str:
    if node.type not in SPANS:
        raise ValueError(f"{node.type} is not provided for in a document that becomes a PDF")
    return SPANS[node.type](node)


def _words(node: SyntaxTreeNode) -> str:
    unbroken = node.content.replace(" %", "\N{NO-BREAK SPACE}%")
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in unbroken)


def _link(node: SyntaxTreeNode) -> str:
    target, words = str(node.attrs["href"]), _inline(node.children)
    # A path inside the repository leads nowhere from a PDF.
    return f"#link({json.dumps(target)})[{words}];" if "://" in target else words


def _code_span(node: SyntaxTreeNode) -> str:
    raw = f"raw({json.dumps(node.content, ensure_ascii=False)})"
    return f"#box({raw});" if len(node.content) <= LONGEST_UNBROKEN else f"#{raw};"


BLOCKS: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "bullet_list": _list,
    "ordered_list": _list,
    "table": _table,
    "fence": _code,
}
# A semicolon ends each call: without it, Typst would take the text's own semicolon, dot or bracket for a part of it.
SPANS: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "inline": lambda node: _inline(node.children),
    "text": _words,
    "code_inline": _code_span,
    "strong": lambda node: f"#strong[{_inline(node.children)}];",
    "em": lambda node: f"#emph[{_inline(node.children)}];",
    "link": _link,
    "softbreak": lambda _: "\n",
}
