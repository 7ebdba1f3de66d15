"""What people decided about passing audio on: read strictly, followed, and shown with the names."""

from __future__ import annotations

from pathlib import Path

import pytest

from cameo_assets.collection.files import SPLITS, read_corpora, read_splits
from cameo_assets.errors import BadInput
from cameo_assets.hub.dataset import build_dataset
from cameo_assets.hub.licences import decide
from cameo_assets.hub.rulings import RULINGS, Ruling, read_rulings, version
from cameo_assets.store import Store
from cameo_assets_tests.hub.examples import ALL, PRIVATE, RAVDESS, SUBESCO, lay_collection
from cameo_assets_tests.hub.test_dataset import body, front, listing, tree

DOUBT = "CAMEO says MIT, the authors say research only."
FILM = ("enterface", "eNTERFACE", "English", "MIT")
YES = "enterface:\n  redistribution: true\n  by: Ada\n  reason: The authors wrote so.\n"
NO = YES.replace("true", "false")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A collection with a corpus whose licence is doubtful."""
    store = Store(tmp_path)
    lay_collection(store, [FILM, SUBESCO], doubts={"enterface": DOUBT})
    return store


def page(store: Store) -> str:
    return (tree(store) / "LICENSES.md").read_text("utf-8")


def licence_row(store: Store, name: str) -> list[str]:
    line = next(line for line in page(store).splitlines() if line.startswith(f"| {name} |"))
    return line.strip("| ").split(" | ")


def test_a_doubtful_licence_keeps_the_audio_here(store: Store) -> None:
    plan = build_dataset(store)
    film, subesco = plan.licences
    assert (film.redistribution, film.audio, film.by) == (None, False, "")
    assert DOUBT in film.reason
    assert subesco.audio
    assert "recipes/enterface.jsonl" in listing(store)
    assert "data/enterface-00000-of-00001.parquet" not in listing(store)
    assert licence_row(store, "eNTERFACE")[2:5] == [
        "[MIT](https://opensource.org/license/mit)",
        "to be decided",
        "to be decided",
    ]
    assert DOUBT in body(store), "the card says why there is no audio"


def test_a_person_may_let_it_through_with_name_and_reason(store: Store) -> None:
    store.write_bytes(YES.encode(), RULINGS)
    film = build_dataset(store).licences[0]
    assert (film.redistribution, film.audio, film.by) == (True, True, "Ada")
    assert "data/enterface-00000-of-00001.parquet" in listing(store)
    text = page(store)
    assert "- eNTERFACE: Ada decided that the audio may be passed on: The authors wrote so." in text
    assert f"The doubt: {DOUBT}" in text
    assert licence_row(store, "eNTERFACE")[3] == "yes, Ada decided"


def test_leave_to_pass_it_on_is_no_leave_for_commercial_use(store: Store) -> None:
    store.write_bytes(YES.encode(), RULINGS)
    build_dataset(store)
    configs = {config["config_name"]: config["data_files"] for config in front(store)["configs"]}
    assert [each["split"] for each in configs["default"]] == ["enterface", "subesco"]
    assert [each["split"] for each in configs["commercial_use"]] == ["subesco"]
    assert licence_row(store, "eNTERFACE")[4] == "to be decided"


def test_a_person_may_hold_back_what_a_licence_allows(store: Store) -> None:
    store.write_bytes(NO.replace("enterface", "subesco").encode(), RULINGS)
    _, subesco = build_dataset(store).licences
    assert (subesco.redistribution, subesco.audio, subesco.by) == (False, False, "Ada")
    assert "Ada decided that the audio may not be passed on" in body(store)
    assert "recipes/subesco.jsonl" in listing(store)


def test_an_unknown_licence_can_be_decided_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    lay_collection(store, [PRIVATE])
    (decision,) = decide(read_corpora(store), {"my-calls": Ruling(redistribution=True, by="Ada", reason="x")})
    assert decision.audio


@pytest.mark.parametrize("text", [None, "", "# nothing decided yet\n"], ids=["none", "empty", "comment"])
def test_no_decision_is_no_fault(store: Store, text: str | None) -> None:
    if text is not None:
        store.write_bytes(text.encode(), RULINGS)
    assert read_rulings(store, read_corpora(store)) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- enterface\n", "licences.yaml: mapping"),
        ("enterface: true\n", "licences.yaml: enterface: value"),
        (YES.replace("enterface", "enterfase"), "did you mean enterface"),
        (YES.replace("true", "yes"), "licences.yaml: enterface.redistribution: value: seen 'yes'"),
        (YES.replace("  by: Ada\n", ""), "licences.yaml: enterface: missing_key: seen no by"),
        (YES.replace("Ada", '" "'), "licences.yaml: enterface.by: value"),
        (YES.replace("reason", "because"), "licences.yaml: enterface: unknown_key: seen because"),
        (YES + "  by: Bob\n", "is given twice"),
    ],
    ids=["list", "no entry", "typo", "no switch", "nobody", "blank name", "other key", "twice"],
)
def test_a_broken_decision_lets_nothing_through(store: Store, text: str, says: str) -> None:
    store.write_bytes(text.encode(), RULINGS)
    with pytest.raises(BadInput) as error:
        build_dataset(store)
    assert says in str(error.value)
    assert not tree(store).exists()


def test_a_drop_in_corpus_of_the_collection_may_be_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    lay_collection(store, [PRIVATE])
    store.write_bytes(YES.replace("enterface", "my-calls").encode(), RULINGS)
    assert list(read_rulings(store, read_corpora(store))) == ["my-calls"]


def test_a_decision_is_another_version(store: Store) -> None:
    versions = [version(store)]
    for text in (YES, NO):
        store.write_bytes(text.encode(), RULINGS)
        versions.append(version(store))
    assert len(set(versions)) == 3


# What stands in the tree beside it.


def test_authors_are_named_where_their_licence_asks_for_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    lay_collection(store, [*ALL, ("jl_corpus", "JL-Corpus", "English", "CC0 1.0")])
    build_dataset(store)
    section = page(store).partition("## Attribution")[2]
    assert f"- {RAVDESS[1]}: Somebody: RAVDESS. 2020." in section
    assert "JL-Corpus" not in section


def test_a_database_names_the_licence_of_its_contents_and_rows_carry_cameos_spelling(tmp_path: Path) -> None:
    store = Store(tmp_path)
    crema = ("crema_d", "CREMA-D", "English", "ODbL 1.0 with DbCL 1.0")
    rows = lay_collection(store, [crema])
    assert {row["license"] for row in rows} == {"ODbL 1.0"}
    build_dataset(store)
    assert licence_row(store, "CREMA-D")[2] == (
        "[ODbL 1.0](https://opendatacommons.org/licenses/odbl/1-0/), "
        "contents [DbCL 1.0](https://opendatacommons.org/licenses/dbcl/1-0/)"
    )


def test_the_folds_are_shipped_with_their_rationale(store: Store) -> None:
    build_dataset(store)
    assert (tree(store) / "splits/splits.parquet").read_bytes() == store.read_bytes(SPLITS)
    assert "never in two folds" in (tree(store) / "splits/README.md").read_text("utf-8")
    assert "splits/README.md" in body(store)


def test_folds_of_another_collection_are_refused(store: Store) -> None:
    store.write_table(read_splits(store).slice(2), SPLITS)
    with pytest.raises(BadInput, match="2 utterances without a fold, 0 folds of no utterance"):
        build_dataset(store)
