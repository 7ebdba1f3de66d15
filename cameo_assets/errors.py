"""The one shape of every complaint about input: where, which rule, what was seen, what was expected."""

from __future__ import annotations

import msgspec


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One input that was not taken, as a row of a refusal table.

    Attributes:
        corpus: Slug of the corpus.
        path: The file, archive member or table row, relative to the corpus.
        rule: Short name of the broken rule, such as `truncated` or `unknown_emotion`.
        seen: What was found.
        expected: What the rule asks for.
    """

    corpus: str
    path: str
    rule: str
    seen: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.corpus}: {self.path}" if self.corpus else self.path
        return f"{where}: {self.rule}: seen {self.seen}; expected {self.expected}"


class BadInput(Exception):  # noqa: N818 - it names what is wrong, as ValueError does not
    """Input that cannot be used.

    A bad clip is caught by the loop over the clips and becomes a row of the refusal table; a bad
    corpus description or model spec reaches the user as it is.

    Args:
        path: The file, archive member or table row.
        rule: Short name of the broken rule.
        seen: What was found.
        expected: What the rule asks for.
    """

    def __init__(self, path: str, rule: str, seen: str, expected: str) -> None:
        super().__init__(f"{path}: {rule}: seen {seen}; expected {expected}")
        self.path = path
        self.rule = rule
        self.seen = seen
        self.expected = expected

    def __reduce__(self) -> tuple[type[BadInput], tuple[str, str, str, str]]:
        # Exceptions cross process borders by their constructor's arguments, not by their message.
        return (BadInput, (self.path, self.rule, self.seen, self.expected))

    def refusal(self, corpus: str) -> Refusal:
        """This complaint as a row of the refusal table of `corpus`."""
        return Refusal(corpus=corpus, path=self.path, rule=self.rule, seen=self.seen, expected=self.expected)
