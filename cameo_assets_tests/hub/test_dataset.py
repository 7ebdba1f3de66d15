"""The dataset repo: what users of CAMEO rely on, and what a licence forbids."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.audio.digests import write_digests
from cameo_assets.errors import BadInput
from cameo_assets.hub.audio_parquet import COLUMNS, _shards
from cameo_assets.hub.dataset import build_dataset
from cameo_assets.hub.plan import Plan
from cameo_assets.store import Store
from cameo_assets_tests.hub.examples import PRIVATE, RAVDESS, SUBESCO, lay_collection

LEAVES = [
    f"audio.{leaf}" if leaf in ("bytes", "path") else leaf
    for leaf in ("file_id", "bytes", "path", *COLUMNS[2:])
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def tree(store: Store) -> Path:
    return Path(store.home) / "publish/datasets/cameo"


def listing(store: Store) -> list[str]:
    return sorted(str(path.relative_to(tree(store))) for path in tree(store).rglob("*") if path.is_file())


def front(store: Store) -> dict[str, Any]:
    _, text, _ = (tree(store) / "README.md").read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(text)


def body(store: Store) -> str:
    return (tree(store) / "README.md").read_text("utf-8").split("---\n", 2)[2]


def shard(store: Store, corpus: str = "ravdess") -> pq.ParquetFile:
    return pq.ParquetFile(tree(store) / f"data/{corpus}-00000-of-00001.parquet")


def test_the_tree_has_a_file_for_each_corpus_and_a_recipe_where_audio_may_not_be(store: Store) -> None:
    lay_collection(store)
    plan = build_dataset(store)
    assert listing(store) == [
        "CITATION.cff",
        "LICENSES.md",
        "README.md",
        "checksums.sha256",
        "data/ravdess-00000-of-00001.parquet",
        "data/subesco-00000-of-00001.parquet",
        "metadata/all.jsonl",
        "metadata/utterances.parquet",
        "recipes/my-calls.jsonl",
        "splits/README.md",
        "splits/splits.parquet",
    ]
    assert [file.path for file in plan.files] == listing(store)


def test_columns_are_those_of_cameo_in_order(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    assert shard(store).schema_arrow.names == [
        "file_id",
        "audio",
        "emotion",
        "transcription",
        "speaker_id",
        "gender",
        "age",
        "dataset",
        "language",
        "license",
    ]


def test_rows_are_those_of_the_collection_and_the_audio_is_the_stores(store: Store) -> None:
    rows = lay_collection(store)
    build_dataset(store)
    found = shard(store).read().to_pylist()
    expected = [row for row in rows if row["corpus"] == "ravdess"]
    assert [{k: v for k, v in row.items() if k != "audio"} for row in found] == [
        {name: row[name] for name in COLUMNS if name != "audio"} for row in expected
    ]
    for row in found:
        assert row["audio"]["path"] == row["file_id"]
        assert row["audio"]["bytes"] == store.read_bytes("audio", "ravdess", row["file_id"])


def test_the_audio_can_be_decoded(store: Store) -> None:
    import soundfile

    lay_collection(store)
    build_dataset(store)
    samples, rate = soundfile.read(io.BytesIO(shard(store).read()["audio"][0].as_py()["bytes"]))
    assert (rate, len(samples)) == (16_000, 800)


def test_the_schema_tells_datasets_that_audio_is_audio(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    metadata = msgspec.json.decode(shard(store).schema_arrow.metadata[b"huggingface"])
    features = metadata["info"]["features"]
    assert list(features) == list(COLUMNS)
    assert features["audio"] == {"sampling_rate": 16_000, "_type": "Audio"}
    assert features["emotion"] == {"dtype": "string", "_type": "Value"}


def test_audio_is_stored_plain_and_everything_else_compressed(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    group = shard(store).metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert list(columns) == LEAVES
    audio = columns.pop("audio.bytes")
    assert (audio.compression, set(audio.encodings)) == ("UNCOMPRESSED", {"PLAIN", "RLE"})
    assert not audio.has_dictionary_page
    assert {column.compression for column in columns.values()} == {"ZSTD"}


def test_groups_hold_a_hundred_rows_and_have_a_page_index(store: Store) -> None:
    lay_collection(store, [SUBESCO], clips=250)
    build_dataset(store)
    metadata = shard(store, "subesco").metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [100, 100, 50]
    assert all(metadata.row_group(0).column(i).has_offset_index for i in range(metadata.num_columns))


def test_large_corpora_are_split_in_order(store: Store) -> None:
    rows = lay_collection(store, [SUBESCO], clips=20)
    limit = 20_000
    plan = build_dataset(store, shard_bytes=limit)
    shards = [file for file in plan.files if file.path.startswith("data/")]
    count = len(shards)
    assert count > 1
    assert [file.path for file in shards] == [
        f"data/subesco-{i:05d}-of-{count:05d}.parquet" for i in range(count)
    ]
    # A small file is mostly its footer and dictionaries, which do not grow with the rows.
    assert all(file.size <= limit + 10_000 for file in shards)
    ids = [name for file in shards for name in pq.read_table(tree(store) / file.path)["file_id"].to_pylist()]
    assert ids == [row["file_id"] for row in rows]
    assert front(store)["configs"][0]["data_files"][0]["path"] == [file.path for file in shards]


@given(st.lists(st.integers(1, 50)), st.integers(1, 60))
def test_shards_cover_all_rows_and_keep_the_limit(costs: list[int], limit: int) -> None:
    shards = _shards(costs, limit)
    assert [index for start, stop in shards for index in range(start, stop)] == list(range(len(costs)))
    for start, stop in shards:
        assert stop - start == 1 or sum(costs[start:stop]) <= limit
    for (start, stop), (_, after) in itertools.pairwise(shards):
        assert after > stop
        assert sum(costs[start : stop + 1]) > limit, "a shard ends only where the next row does not fit"


def test_metadata_are_the_collections_own_bytes(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    assert (tree(store) / "metadata/all.jsonl").read_bytes() == store.read_bytes("collection/cameo.jsonl")


def test_more_about_every_row_lies_beside_the_metadata_without_names_of_files(store: Store) -> None:
    import pyarrow as pa

    rows = lay_collection(store)
    build_dataset(store)
    table = pq.read_table(tree(store) / "metadata/utterances.parquet")
    assert table["file_id"].to_pylist() == [row["file_id"] for row in rows]
    assert table.schema.field("votes").type == pa.map_(pa.string(), pa.int32())
    assert dict(table["votes"][0].as_py()) == {"anger": 3, "calm": 1}
    assert table["orthography"].to_pylist() == [row["orthography"] for row in rows]
    explained = body(store).partition("metadata/utterances.parquet")[2]
    assert [name for name in table.column_names[1:] if f"`{name}`" not in explained] == []
    data = b"".join((tree(store) / path).read_bytes() for path in listing(store) if "recipes" not in path)
    assert not any(row["source_path"].encode() in data for row in rows)


def test_configurations_name_every_split_and_its_files(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    ravdess = {"split": "ravdess", "path": ["data/ravdess-00000-of-00001.parquet"]}
    subesco = {"split": "subesco", "path": ["data/subesco-00000-of-00001.parquet"]}
    assert front(store)["configs"] == [
        {"config_name": "default", "default": True, "data_files": [ravdess, subesco]},
        {"config_name": "commercial_use", "data_files": [subesco]},
        {"config_name": "non_commercial", "data_files": [ravdess]},
    ]


@pytest.mark.parametrize(
    ("corpora", "configs"),
    [
        ([RAVDESS], ["default", "non_commercial"]),
        ([SUBESCO], ["default", "commercial_use"]),
        ([PRIVATE], []),
    ],
    ids=["forbidden", "allowed", "unknown"],
)
def test_configurations_without_corpora_are_left_out(store: Store, corpora, configs: list[str]) -> None:
    lay_collection(store, corpora)
    build_dataset(store)
    assert [config["config_name"] for config in front(store).get("configs", [])] == configs


def test_the_card_says_what_the_hub_wants_to_know(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    found = front(store)
    assert (found["license"], found["license_name"], found["license_link"]) == (
        "other",
        "mixed-per-corpus",
        "LICENSES.md",
    )
    assert found["language"] == ["bn", "en"], "Klingon has no code here"
    assert found["task_categories"] == ["audio-classification"]
    assert found["size_categories"] == ["n<1K"]
    assert found["tags"] == ["speech-emotion-recognition", "cc-by-4.0", "cc-by-nc-sa-4.0", "unknown"]


def test_split_names_are_what_datasets_takes(store: Store) -> None:
    lay_collection(store, [("a-b.c", "AB", "German", "CC0 1.0")])
    build_dataset(store)
    assert front(store)["configs"][0]["data_files"] == [
        {"split": "a_b_c", "path": ["data/a-b.c-00000-of-00001.parquet"]}
    ]


def test_two_corpora_cannot_share_a_split(store: Store) -> None:
    lay_collection(store, [("a-b", "AB", "German", "CC0 1.0"), ("a_b", "AB", "German", "CC0 1.0")])
    with pytest.raises(BadInput, match="a_b: split_name: seen the same as of a-b"):
        build_dataset(store)


def test_audio_without_a_known_right_to_pass_it_on_stays_here(store: Store) -> None:
    rows = lay_collection(store)
    plan = build_dataset(store)
    decision = next(decision for decision in plan.licences if decision.corpus == "my-calls")
    assert (decision.audio, decision.redistribution) == (False, None)
    assert "for a person to decide" in decision.reason
    assert "my-calls.jsonl" in body(store)
    assert "no: Whether the licence" in (tree(store) / "LICENSES.md").read_text("utf-8")

    published = b"".join((tree(store) / path).read_bytes() for path in listing(store))
    for row in rows:
        audio = store.read_bytes("audio", row["corpus"], row["file_id"])
        assert (audio in published) == (row["corpus"] != "my-calls")


def test_a_recipe_says_where_each_clip_is_and_how_to_check_it(store: Store) -> None:
    rows = lay_collection(store)
    build_dataset(store)
    lines = (tree(store) / "recipes/my-calls.jsonl").read_bytes().splitlines()
    fields = ("file_id", "source_name", "source_path", "span", "seconds", "pcm_md5")
    assert [msgspec.json.decode(line) for line in lines] == [
        {name: row[name] for name in fields} for row in rows if row["corpus"] == "my-calls"
    ]


def test_rows_with_another_licence_than_their_corpus_do_not_pass_the_guard(store: Store) -> None:
    import pyarrow as pa

    rows = lay_collection(store, [SUBESCO])
    rows[0]["license"] = "unknown"
    table = store.read_table("collection/utterances.parquet")
    store.write_table(pa.Table.from_pylist(rows, schema=table.schema), "collection/utterances.parquet")
    with pytest.raises(BadInput, match=r"corpus subesco with licence CC BY 4\.0: same_collection"):
        build_dataset(store)


def test_a_missing_clip_is_named(store: Store) -> None:
    rows = lay_collection(store)
    row = next(row for row in rows if row["corpus"] == "subesco")
    store.remove("audio", "subesco", row["file_id"])
    with pytest.raises(OSError, match=f"audio/subesco/{row['file_id']}: damaged: it is missing"):
        build_dataset(store)
    assert not tree(store).exists()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda data: data.replace(b'"anger"', b'"happy"', 1), "line "),
        (lambda data: data.replace(b"\n", b"\r\n"), "line 1"),
        (lambda data: data + b" ", "line 16"),
    ],
    ids=["a label", "line ends of another system", "more behind the end"],
)
def test_lines_that_are_not_those_of_the_table_are_refused(
    change: Callable[[bytes], bytes], line: str, store: Store
) -> None:
    lay_collection(store)
    store.write_bytes(change(store.read_bytes("collection/cameo.jsonl")), "collection/cameo.jsonl")
    with pytest.raises(BadInput, match=rf"cameo\.jsonl: {line}.*same_collection: seen '"):
        build_dataset(store)


@pytest.mark.parametrize("listed", [True, False], ids=["with its digest", "without"])
@pytest.mark.parametrize("damage", ["flipped", "zeros", "another"])
def test_a_damaged_clip_is_never_published(damage: str, listed: bool, store: Store) -> None:
    rows = [row for row in lay_collection(store) if row["corpus"] == "subesco"]
    names = [row["file_id"] for row in rows]
    flacs = {name: store.read_bytes("audio", "subesco", name) for name in names}
    if listed:
        write_digests(store, "subesco", {name: hashlib.sha256(flacs[name]).hexdigest() for name in names})
    data = bytearray(flacs[names[0]])
    data[len(data) // 2] ^= 1
    instead = {"flipped": bytes(data), "zeros": bytes(len(data)), "another": flacs[names[1]]}[damage]
    store.write_bytes(instead, "audio", "subesco", names[0])
    with pytest.raises(OSError, match=f"audio/subesco/{names[0]}: damaged: "):
        build_dataset(store)
    assert not tree(store).exists()


def test_files_of_two_collections_are_refused(store: Store) -> None:
    lay_collection(store)
    data = store.read_bytes("collection/cameo.jsonl")
    store.write_bytes(data[: data.index(b"\n") + 1], "collection/cameo.jsonl")
    with pytest.raises(BadInput, match=r"cameo\.jsonl: lines: seen 1; expected 15"):
        build_dataset(store)


def test_a_second_build_writes_nothing(store: Store) -> None:
    lay_collection(store)
    first = build_dataset(store)
    publish = Path(store.home) / "publish"
    before = {path: path.stat().st_mtime_ns for path in publish.rglob("*") if path.is_file()}
    second = build_dataset(store)
    assert {path: path.stat().st_mtime_ns for path in publish.rglob("*") if path.is_file()} == before
    assert second.files == first.files
    assert second.changes.nothing


def test_another_store_with_the_same_collection_gives_the_same_bytes(tmp_path: Path) -> None:
    plans: list[Plan] = []
    for name in ("one", "other"):
        lay_collection(Store(tmp_path / name))
        plans.append(build_dataset(Store(tmp_path / name)))
    assert plans[0] == plans[1]


def test_a_corpus_that_is_gone_is_gone_from_the_tree(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    lay_collection(store, [SUBESCO])
    plan = build_dataset(store)
    assert plan.changes.deleted == ("data/ravdess-00000-of-00001.parquet", "recipes/my-calls.jsonl")
    assert plan.changes.same == ("data/subesco-00000-of-00001.parquet",)
    assert not [path for path in listing(store) if "ravdess" in path]
    assert "RAVDESS" not in body(store)


def test_checksums_are_those_of_all_other_files(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    lines = (tree(store) / "checksums.sha256").read_text().splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    assert sorted(sums) == [path for path in listing(store) if path != "checksums.sha256"]
    for path, digest in sums.items():
        assert hashlib.sha256((tree(store) / path).read_bytes()).hexdigest() == digest


def test_samples_are_announced_above_everything(store: Store) -> None:
    lay_collection(store, [RAVDESS], sample=True)
    build_dataset(store)
    assert front(store)["pretty_name"] == "CAMEO (with spoken samples)"
    start = body(store).split("\n\n")[1]
    assert start.startswith("> [!WARNING]")
    assert "RAVDESS" in start
    assert "spoken anew by a speech synthesiser" in (tree(store) / "LICENSES.md").read_text("utf-8")


def test_without_samples_there_is_no_warning(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    assert front(store)["pretty_name"] == "CAMEO"
    assert "WARNING" not in body(store)


def test_the_licence_table_has_a_row_for_each_corpus(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    text = (tree(store) / "LICENSES.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert [row.split(" | ")[0] for row in rows] == ["| My \\| calls", "| RAVDESS", "| SUBESCO"]
    ravdess = rows[1].strip("| ").split(" | ")
    assert ravdess[1:7] == [
        "[https://example.org/ravdess](https://example.org/ravdess), "
        "[10.5281/zenodo.1188976](https://doi.org/10.5281/zenodo.1188976)",
        "[CC BY-NC-SA 4.0](https://creativecommons.org/licenses/by-nc-sa/4.0/)",
        "yes",
        "no",
        "yes",
        "yes",
    ]
    assert ravdess[7] == "Somebody: RAVDESS. 2020."
    assert "16 kHz" in ravdess[8]


def test_the_citation_file_names_the_paper_and_each_corpus(store: Store) -> None:
    lay_collection(store)
    build_dataset(store)
    found = yaml.safe_load((tree(store) / "CITATION.cff").read_text("utf-8"))
    assert found["cff-version"] == "1.2.0"
    assert found["identifiers"] == [{"type": "other", "value": "arXiv:2505.11051"}]
    assert [reference["title"] for reference in found["references"]] == ["My | calls", "RAVDESS", "SUBESCO"]
    ravdess = found["references"][1]
    assert ravdess["doi"] == "10.5281/zenodo.1188976"
    assert ravdess["notes"] == "Somebody: RAVDESS. 2020."
    assert all({"type", "title", "authors"} <= reference.keys() for reference in found["references"])
