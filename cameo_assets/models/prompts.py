"""The wording of the questions, by id. A wording is never edited: a new one gets a new id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PROMPTS: Final = {
    "": "",
    "cameo-1": (
        "Listen to the recording and judge the speaker's voice. Which emotion does it express?\n"
        "Choose one of these: {options}.\n"
        "Answer with that one word and nothing else."
    ),
}
"""Template by id. The empty id is for baselines, which are asked nothing."""


def prompt_text(prompt: str, options: Iterable[str]) -> str:
    """The question that goes with an utterance.

    Args:
        prompt: Id of the template.
        options: Emotions of the utterance's corpus; they are named in alphabetical order.

    Raises:
        KeyError: There is no such template (`spec.load` has checked it).
    """
    return PROMPTS[prompt].format(options=", ".join(sorted(options)))
