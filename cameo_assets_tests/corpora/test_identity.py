"""Ids are those of the published collection."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.corpora import crema_d
from cameo_assets.corpora.identity import added_source_name, file_id


@pytest.mark.parametrize(
    ("source_name", "sha256"),
    [
        ("WR0_surprised_64", "cc760665574e9a44cb0ce4aaff309b290adfc2b8f7e5aaf6e63efb3d675b17c1"),
        ("pavoque-angry-0", "fad49d44981830a1cac5dce19929be1313a1d9c50e3423503343da597ed1fb64"),
        ("F_02_MONIKA_S_2_SURPRISE_3]", "228f2803578741d8bec4de613fbf868e2da24c34792c22c3f255aac88877901b"),
    ],
)
def test_ids_are_the_published_ones(source_name: str, sha256: str) -> None:
    assert file_id(source_name) == f"{sha256}.flac"


@pytest.mark.parametrize(
    ("stem", "source_name"),
    [
        ("1001_IEO_ANG_LO", "crema-d_1001_anger_IEOLO"),
        ("1091_DFA_NEU_XX", "crema-d_1091_neutral_DFAXX"),
        ("1040_ITH_SAD_X", "crema-d_1040_sadness_ITHX"),
        ("1040_ITH_SAD_XX", "crema-d_1040_sadness_ITHX"),
    ],
)
def test_crema_d_is_hashed_under_its_rewritten_name(stem: str, source_name: str) -> None:
    name = crema_d.NAME.fullmatch(stem)
    assert name is not None
    assert crema_d._source_name(name) == source_name


@pytest.mark.parametrize(
    ("path", "source_name"),
    [
        ("a.wav", "mine/a"),
        ("wav/a.b.wav", "mine/wav/a.b"),
        ("wav.d/a", "mine/wav.d/a"),
        ("żółw/ściana ź.flac", "mine/żółw/ściana ź"),
    ],
)
def test_added_corpora_are_hashed_with_corpus_and_path(path: str, source_name: str) -> None:
    assert added_source_name("mine", path) == source_name


_part = st.text("abc_", min_size=1, max_size=3)


@settings(deadline=None)
@given(_part, _part, st.lists(_part, min_size=1, max_size=2))
def test_two_added_corpora_never_share_an_id(one: str, other: str, parts: list[str]) -> None:
    path = "/".join(parts) + ".wav"
    same = file_id(added_source_name(one, path)) == file_id(added_source_name(other, path))
    assert same == (one == other)
