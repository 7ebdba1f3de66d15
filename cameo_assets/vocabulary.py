"""Emotions, languages, genders and licences: the only place where they are spelled.

A corpus file maps its publisher's labels to these names; nothing else in the project spells an emotion.
Source: the data card of CAMEO (arXiv 2505.11051) and the licences' own texts.
"""

from __future__ import annotations

from typing import Final

import msgspec

EMOTIONS: Final = (
    "anger",
    "anxiety",
    "apology",
    "assertiveness",
    "calm",
    "concern",
    "disgust",
    "encouragement",
    "enthusiasm",
    "excitement",
    "fear",
    "happiness",
    "neutral",
    "poker",
    "sadness",
    "sarcasm",
    "surprise",
)
"""The 17 emotions of CAMEO, sorted."""

GENDERS: Final = ("female", "male", "child", "other")
"""`child` occurs in MESD alone, `other` in Emozionalmente."""

LANGUAGES: Final = {
    "Bengali": "bn",
    "English": "en",
    "French": "fr",
    "German": "de",
    "Italian": "it",
    "Polish": "pl",
    "Russian": "ru",
    "Spanish": "es",
}
"""English name of each language of CAMEO, and its ISO 639-1 code."""


class Licence(msgspec.Struct, frozen=True):
    """What a licence allows, as data.

    Attributes:
        id: Identifier on the Hugging Face Hub.
        name: Spelling in CAMEO's `license` field.
        url: Where its text stands.
        redistribution: Whether the audio may be passed on; None where a person has to decide.
        commercial_use: Whether commercial use is allowed; None where a person has to decide.
        share_alike: Whether derived work must carry the same licence.
        attribution: Whether the authors must be named.
    """

    id: str
    name: str
    url: str
    redistribution: bool | None
    commercial_use: bool | None
    share_alike: bool
    attribution: bool


LICENCES: Final = {
    licence.name: licence
    for licence in (
        Licence(
            "cc-by-nc-sa-4.0",
            "CC BY-NC-SA 4.0",
            "https://creativecommons.org/licenses/by-nc-sa/4.0/",
            True,
            False,
            True,
            True,
        ),
        Licence(
            "cc-by-4.0",
            "CC BY 4.0",
            "https://creativecommons.org/licenses/by/4.0/",
            True,
            True,
            False,
            True,
        ),
        Licence(
            "cc0-1.0",
            "CC0 1.0",
            "https://creativecommons.org/publicdomain/zero/1.0/",
            True,
            True,
            False,
            False,
        ),
        Licence(
            "odbl",
            "ODbL 1.0",
            "https://opendatacommons.org/licenses/odbl/1-0/",
            True,
            True,
            True,
            True,
        ),
        Licence(
            "apache-2.0",
            "Apache 2.0",
            "https://www.apache.org/licenses/LICENSE-2.0",
            True,
            True,
            False,
            True,
        ),
        Licence("mit", "MIT", "https://opensource.org/license/mit", True, True, False, True),
        Licence("unknown", "unknown", "", None, None, False, True),
    )
}
"""Licences by CAMEO's spelling. A corpus that names none of these is refused."""
