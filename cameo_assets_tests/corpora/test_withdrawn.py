"""The list of the withdrawn, as editors and shells write it."""

from __future__ import annotations

import pytest

from cameo_assets.corpora.withdrawn import read_withdrawn


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        ("nemo\n", {"nemo"}),
        ("nemo  # its authors asked\r\n\r\n  cafe\n# all\n", {"nemo", "cafe"}),
        ("CREMA-D\nOréau", {"CREMA-D", "Oréau"}),
    ],
)
def test_names_are_read_in_every_encoding_that_says_which_it_is(
    encoding: str, text: str, names: set[str]
) -> None:
    assert read_withdrawn(text.encode(encoding)) == (names, [])


def test_a_line_in_another_encoding_is_named_and_the_others_count() -> None:
    names, (error,) = read_withdrawn("nemo\nché\ncafe\n".encode("latin-1"))
    assert names == {"nemo", "cafe"}
    assert (error.path, error.rule, error.seen) == ("withdrawn.txt: line 2", "encoding", "byte 0xe9")
