"""What became of each request, in the few words that a person looks for first.

The kinds are for counting alone: no score depends on them. What an answer says is decided by the readers.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.models import predictions
from cameo_assets.models.engines.base import AUDIO

if TYPE_CHECKING:
    import pyarrow as pa

KINDS: Final = {
    "answered": "a text that ended by itself",
    "refusal": "the server says that the model would not answer, or the text says so",
    "empty": "nothing but white space",
    "truncated": "cut at the longest answer allowed",
    "bad audio": "the recording cannot be used",
    "engine": "the model, its library or its server failed; asked again by the next run",
    "not applicable": "cannot be answered at all, and is not asked again",
}
"""All kinds, with what they mean, in the order in which they are shown."""

_CANNOT: Final = r"(?:can(?:no|')t|can not|could(?: not|n't)|am (?:unable|not able) to|won't|will not)"
_TASK: Final = (
    r"(?:help|assist|answer|comply|judge|tell|say|determine|identify|assess|infer|listen|hear|process|play|"
    r"access|analy[sz]e|recogni[sz]e|detect|provide|do that)"
)
REFUSALS: Final = re.compile(
    rf"\bI {_CANNOT} (?:\w+ly )?{_TASK}\b"  # I cannot reliably determine ...
    rf"|\b(?:I'm|I am) (?:unable|not able) to {_TASK}\b"
    r"|^\W*(?:I'm|I am) (?:very |so )?sorry\b"
    r"|\bas an? (?:\w+ )?(?:AI|language model|assistant)\b",
    re.IGNORECASE,
)
"""How models refuse in English, the language of the prompts: can't or not able to, with a task; an apology in
front; "as an AI". A refusal in other words counts as answered."""

_LONGEST_EXAMPLE: Final = 160


class Kind(msgspec.Struct, frozen=True):
    """How often something came of a request.

    Attributes:
        count: Number of answers.
        file_id: An utterance for example, the first in the table.
        example: What was said of it, or the fault; shortened.
    """

    count: int
    file_id: str
    example: str


def kind(text: str | None, finish_reason: str, error: str) -> str:
    """The kind of one answer; arguments as of `predictions.Row`.

    >>> kind("Anger.", "stop", "")
    'answered'
    >>> kind("I'm sorry, but I can't help with that.", "stop", "")
    'refusal'
    >>> kind(None, "error", "audio: ends in the middle")
    'bad audio'
    """
    if text is None:
        return {AUDIO: "bad audio", predictions.FINAL: "not applicable"}.get(
            predictions.kind_of(error), "engine"
        )
    if finish_reason == "refusal" or REFUSALS.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        return "refusal"
    if not text.strip():
        return "empty"
    return "truncated" if finish_reason == "length" else "answered"


def taxonomy(answers: pa.Table) -> dict[str, Kind]:
    """The kinds that occur, in the order of `KINDS`.

    Args:
        answers: Rows with `file_id`, `text`, `finish_reason` and `error`.
    """
    import numpy as np
    import pyarrow as pa

    # Models say the same few words again and again.
    by = ["text", "finish_reason", "error"]
    places = answers.select(by).append_column("place", pa.array(np.arange(answers.num_rows)))
    grouped = places.group_by(by).aggregate([("place", "min"), ("place", "count")])
    found: dict[str, Kind] = {}
    counts = dict.fromkeys(KINDS, 0)
    for said in sorted(grouped.to_pylist(), key=itemgetter("place_min")):
        name = kind(said["text"], said["finish_reason"], said["error"])
        counts[name] += said["place_count"]
        if name not in found:
            file_id = answers["file_id"][said["place_min"]].as_py()
            found[name] = Kind(0, file_id, _short(said["error"] if said["text"] is None else said["text"]))
    return {
        name: msgspec.structs.replace(found[name], count=number) for name, number in counts.items() if number
    }


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_EXAMPLE else f"{line[:_LONGEST_EXAMPLE]}…"
