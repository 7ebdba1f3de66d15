"""Names that are spelled in more than one way: accents in one code point or in two, or left out."""

from __future__ import annotations

import unicodedata


def composed(name: str) -> str:
    r"""The same for a name whether its accents are code points of their own or not.

    >>> composed("Ore\u0301au") == composed("Or\xe9au")
    True
    """
    return unicodedata.normalize("NFC", name)


def unaccented(name: str) -> str:
    """A name without accents, however they are encoded.

    >>> unaccented("Dégoût")
    'Degout'
    """
    apart = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
