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


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """What a licence allows, as data.

    Attributes:
        id: Identifier on the Hugging Face Hub.
        name: What corpus files and drop-in corpora call it.
        url: Where its text stands.
        redistribution: Whether the audio may be passed on; None where a person has to decide.
        commercial_use: Whether commercial use is allowed; None where a person has to decide.
        share_alike: Whether derived work must carry the same licence.
        attribution: Whether the authors must be named.
        contents: Name and address of the licence of the contents, where that of a database is another.
        in_cameo: Spelling in CAMEO's `license` field, where it is another than `name`.
    """

    id: str
    name: str
    url: str
    redistribution: bool | None
    commercial_use: bool | None
    share_alike: bool = False
    attribution: bool = True
    contents: tuple[str, str] | None = None
    in_cameo: str = ""

    @property
    def spelling(self) -> str:
        """What stands in the `license` field of an utterance."""
        return self.in_cameo or self.name


LICENCES: Final = {
    licence.name: licence
    for licence in (
        Licence(
            id="cc-by-nc-sa-4.0",
            name="CC BY-NC-SA 4.0",
            url="https://creativecommons.org/licenses/by-nc-sa/4.0/",
            redistribution=True,
            commercial_use=False,
            share_alike=True,
        ),
        Licence(
            id="cc-by-4.0",
            name="CC BY 4.0",
            url="https://creativecommons.org/licenses/by/4.0/",
            redistribution=True,
            commercial_use=True,
        ),
        Licence(
            id="cc0-1.0",
            name="CC0 1.0",
            url="https://creativecommons.org/publicdomain/zero/1.0/",
            redistribution=True,
            commercial_use=True,
            attribution=False,
        ),
        Licence(
            id="odbl",
            name="ODbL 1.0",
            url="https://opendatacommons.org/licenses/odbl/1-0/",
            redistribution=True,
            commercial_use=True,
            share_alike=True,
        ),
        # The Open Database Licence covers a database alone; CREMA-D puts what is in it under a second one.
        Licence(
            id="odbl",
            name="ODbL 1.0 with DbCL 1.0",
            url="https://opendatacommons.org/licenses/odbl/1-0/",
            redistribution=True,
            commercial_use=True,
            share_alike=True,
            contents=("DbCL 1.0", "https://opendatacommons.org/licenses/dbcl/1-0/"),
            in_cameo="ODbL 1.0",
        ),
        Licence(
            id="apache-2.0",
            name="Apache 2.0",
            url="https://www.apache.org/licenses/LICENSE-2.0",
            redistribution=True,
            commercial_use=True,
        ),
        Licence(
            id="mit",
            name="MIT",
            url="https://opensource.org/license/mit",
            redistribution=True,
            commercial_use=True,
        ),
        Licence(id="unknown", name="unknown", url="", redistribution=None, commercial_use=None),
    )
}
"""Licences by name. A corpus that names none of these is refused.

Of CAMEO's spellings only `CC BY-NC-SA 4.0` is certain; `in_cameo` is the one place to correct another.
"""
