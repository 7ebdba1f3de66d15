"""The parts of a repo card: YAML for the Hub on top, Markdown for people below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def card(front: Mapping[str, Any], *parts: str) -> bytes:
    """A `README.md` as the Hub reads it.

    Args:
        front: Keys and values of the YAML block, in order.
        *parts: Markdown paragraphs, lists and tables; empty ones are left out.

    Returns:
        UTF-8.
    """
    body = "\n\n".join(part.strip("\n") for part in parts if part)
    return f"---\n{yaml_text(front)}---\n\n{body}\n".encode()


def yaml_text(value: Mapping[str, Any]) -> str:
    """Plain block YAML, keys in the given order."""
    import yaml

    return str(yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=1000))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the cells are Markdown, so text from elsewhere goes through `plain` first."""
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain(text: str) -> str:
    """Text from elsewhere as Markdown that shows just that text, in one line.

    >>> plain("R&D <i>")
    'R&amp;D &lt;i&gt;'
    """
    shown = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for mark in "\\|[]*_`":
        shown = shown.replace(mark, "\\" + mark)
    return shown


def link(text: str, url: str) -> str:
    """A Markdown link; the text alone where the address is none of the web."""
    if not url.startswith(("https://", "http://")) or any(mark in url for mark in " <>()|\n"):
        return plain(text)
    return f"[{plain(text)}]({url})"


def banner(samples: Sequence[str]) -> str:
    """The warning above everything that holds spoken samples; empty where there are none.

    Args:
        samples: Names of the corpora that are samples.
    """
    if not samples:
        return ""
    names = ", ".join(plain(name) for name in samples)
    return (
        "> [!WARNING]\n"
        "> **Spoken samples, not the corpora.** A speech synthesiser spoke every clip of these corpora, so\n"
        f"> that the whole can be run without them: {names}. Scores on them say nothing about any model."
    )
