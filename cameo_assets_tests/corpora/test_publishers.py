"""What holds for every corpus, most of it shown with three: packing, junk, one in the folder of another."""

from itertools import permutations
from pathlib import Path

import pytest

from cameo_assets.corpora.registry import known
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    SMALL,
    facts,
    lay,
    listing,
    soundless,
    zipped,
)

RAVDESS = known()["ravdess"]


# Every way to lay a copy down.


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("slug", SMALL)
def test_ids_do_not_depend_on_how_a_copy_is_packed(slug: str, layout: str, tmp_path: Path) -> None:
    plain = listing(known()[slug], tmp_path / "plain", SMALL[slug]())
    packed = listing(known()[slug], tmp_path / "packed", LAYOUTS[layout](SMALL[slug]()))
    assert packed.refusals == plain.refusals == ()
    assert facts(packed) == facts(plain)
    assert len(plain.utterances) == sum(path.endswith(".wav") for path in SMALL[slug]())


@pytest.mark.parametrize("slug", SMALL)
def test_what_systems_leave_behind_is_counted_and_not_refused(slug: str, tmp_path: Path) -> None:
    junk = soundless(["._a.wav", ".DS_Store", "Thumbs.db", "sub/desktop.ini"])
    in_zip = soundless(["__MACOSX/Actor_01/._03.wav", "x/.DS_Store"])
    found = listing(known()[slug], tmp_path, {**SMALL[slug](), **junk, "junk.zip": zipped(in_zip)})
    assert found.ignored == len(junk) + len(in_zip)
    assert found.refusals == ()


# What corpus files declare.


@pytest.mark.parametrize("slug", [slug for slug, spec in known().items() if spec.licence.startswith("CC BY")])
def test_who_names_the_authors_names_the_licence_too(slug: str) -> None:
    # As CC BY wants it (section 3 a 1); CC0 asks for nothing, and others have no such text.
    assert known()[slug].licence in known()[slug].attribution


# One corpus in the folder of another.


@pytest.mark.parametrize(("slug", "inside"), list(permutations(SMALL, 2)))
def test_another_corpus_is_told_from_this_one(slug: str, inside: str, tmp_path: Path) -> None:
    folder = lay(tmp_path / slug, SMALL[inside]())
    with pytest.raises(BadInput) as error:
        listing(known()[slug], folder, {})
    if slug == "nemo":
        assert error.value.rule == "missing_table"
    else:
        audio = sum(path.endswith(".wav") for path in SMALL[inside]())
        assert error.value.rule == "no_clips"
        assert f"{audio:,} refused by file_name, such as " in error.value.seen
        assert known()[slug].name in error.value.expected


def test_an_empty_folder_is_told_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(RAVDESS, tmp_path, {})
    assert error.value.seen == "an empty folder"
    assert "Audio_Speech_Actors_01-24.zip" in error.value.expected


def test_files_of_another_kind_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(RAVDESS, tmp_path, {"speech.7z": b"7z", "notes.txt": b""})
    assert error.value.seen == "2 other files, such as 'notes.txt'"
