from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
import torch
from transformers import AutoModel

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.encoder_probe import EncoderProbe
from cameo_assets.models.evaluate import EvaluationOutcome, evaluate
from cameo_assets.models.heartbeat import Beat
from cameo_assets.models.local import encoding, listening
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.probes import recordings
from cameo_assets.models.registry import build_engine
from cameo_assets.models.spec import ModelSpec, identity, load
from cameo_assets.models.trial import try_out
from cameo_assets.store import Store
from cameo_assets_tests.models import tiny
from cameo_assets_tests.models.examples import COLD, EMOTIONS, tones

SPEC = """
id: ears
name: Ears
kind: baseline
engine: encoder-probe
licence: MIT
temperatures: [0]
repository: someone/ears
revision: 0123456789abcdef0123456789abcdef01234567
options: {layer: mean}
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes the length of each recording that is encoded."""
    lengths: list[int] = []
    plain = encoding.Encoder.pooled

    def noting(self: encoding.Encoder, wave: np.ndarray) -> np.ndarray:
        lengths.append(len(wave))
        return plain(self, wave)

    monkeypatch.setattr(encoding.Encoder, "pooled", noting)
    return lengths


def a_probe(folder: Path, **options: Any) -> ModelSpec:
    return tiny.spec(
        folder,
        "encoder-probe",
        kind="baseline",
        temperatures=(0.0,),
        prompt="",
        options={"device": "cpu"} | options,
    )


def run(store: Store, spec: ModelSpec, rows: Sequence[dict[str, Any]]) -> EvaluationOutcome:
    options = {row["corpus"]: EMOTIONS for row in rows}
    return evaluate(store, spec, [COLD], rows, options)


def share_right(outcome: EvaluationOutcome, rows: Sequence[dict[str, Any]]) -> float:
    truth = {row["file_id"]: row["emotion"] for row in rows}
    answers = outcome.answers(COLD).to_pylist()
    return sum(truth[row["file_id"]] == row["text"] for row in answers) / len(answers)


def caches(store: Store) -> list[str]:
    return store.names("features")


@pytest.mark.parametrize("family", ["wavlm", "whisper"])
def test_emotion_in_the_pitch_is_learnt_from_other_speakers(
    family: str, store: Store, tmp_path: Path
) -> None:
    """Even random filters tell tones apart."""
    model = tmp_path / "model"
    saved = tiny.whisper(model) if family == "whisper" else tiny.encoder(model, family)
    rows = tones(store, "alpha", speakers=4, each=3)
    outcome = run(store, a_probe(saved), rows)
    assert outcome.coverage(COLD) == 1
    assert share_right(outcome, rows) > 0.8


def test_labels_without_connection_to_the_sound_are_not_learnt(store: Store, folder: Path) -> None:
    rows = tones(store, "alpha", speakers=5, each=4)
    labels = np.random.default_rng(0).permutation([row["emotion"] for row in rows])
    rows = [{**row, "emotion": str(label)} for row, label in zip(rows, labels, strict=True)]
    # Chance is a third; 60 answers have a standard deviation of 0.061.
    assert share_right(run(store, a_probe(folder), rows), rows) < 1 / 3 + 4 * 0.061


def test_an_answer_tells_how_sure_it_is(store: Store, folder: Path) -> None:
    rows = tones(store, "alpha", speakers=3, each=2)
    for answer in run(store, a_probe(folder), rows).answers(COLD).to_pylist():
        probabilities = msgspec.json.decode(answer["details"])["probabilities"]
        assert set(probabilities) == set(EMOTIONS)
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert answer["text"] == max(probabilities, key=probabilities.__getitem__)
        assert "transformers" in msgspec.json.decode(answer["engine_versions"])


def test_the_same_recordings_give_the_same_bytes_in_any_order(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    other = Store(tmp_path / "other")
    rows = tones(store, "alpha", speakers=3, each=2)
    one = run(store, a_probe(folder), rows)
    two = run(other, a_probe(folder), tones(other, "alpha", speakers=3, each=2)[::-1])
    assert one.answers(COLD) == two.answers(COLD)
    (cache,) = caches(store)
    place = ("features", cache, "alpha.parquet")
    assert store.read_bytes(*place) == other.read_bytes(*place)


def test_states_are_kept_by_what_shapes_them(store: Store, folder: Path, read: list[int]) -> None:
    rows = tones(store, "alpha", speakers=2, each=1)
    for options in ({}, {"layer": -1}, {"pooling": "mean+std"}, {"dtype": "bfloat16"}):
        run(store, a_probe(folder, **options), rows)
    assert len(read) == 4 * len(rows)
    assert len(caches(store)) == 4
    assert all(name.startswith("encoder-") for name in caches(store))
    run(store, a_probe(folder, strength=1.0, folds=2), rows)
    run(store, a_probe(folder, device="auto"), rows)
    assert (len(read), len(caches(store))) == (4 * len(rows), 4)


def test_only_recordings_without_states_are_encoded(store: Store, folder: Path, read: list[int]) -> None:
    rows = tones(store, "alpha", speakers=3, each=2)
    run(store, a_probe(folder), rows[:-1])
    assert len(read) == len(rows) - 1
    outcome = run(store, a_probe(folder), rows)
    assert (outcome.asked, len(read)) == (len(rows), len(rows))


def test_a_changed_label_is_learnt_without_loading_the_encoder(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tones(store, "alpha", speakers=3, each=2)
    run(store, a_probe(folder), rows)
    monkeypatch.setattr(listening, "load", lambda *_, **__: pytest.fail("the encoder was loaded"))
    changed = [{**rows[0], "emotion": "sadness"}, *rows[1:]]
    assert run(store, a_probe(folder), changed).asked == len(rows)


def test_it_says_how_far_it_is_while_no_answers_come(store: Store, folder: Path) -> None:
    rows = [*tones(store, "alpha", speakers=3, each=2), *tones(store, "beta", speakers=2, each=1)]
    options = dict.fromkeys(("alpha", "beta"), EMOTIONS)
    beats: list[Beat] = []
    evaluate(store, a_probe(folder), [COLD], rows, options, heartbeat=beats.append, beat_seconds=0)
    said = [beat.word for beat in beats if beat.word]
    assert said == [
        *(f"alpha: heard {done} of 18 recordings" for done in range(1, 19)),
        "alpha: learns from 18 recordings",
        *(f"beta: heard {done} of 6 recordings" for done in range(1, 7)),
        "beta: learns from 6 recordings",
    ]
    assert "0 of 24 answers (0.0/s), alpha: heard 1 of 18 recordings" in str(beats[2])
    assert [beat.phase for beat in beats if not beat.word][-1] == "ended"
    assert "recordings" not in str(beats[-1])


def test_loading_the_encoder_is_told_apart_from_encoding(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = listening.load

    def slow(*details: Any, **more: Any) -> listening.Listener:
        time.sleep(0.5)
        return plain(*details, **more)

    monkeypatch.setattr(listening, "load", slow)
    rows = pa.Table.from_pylist(tones(store, "alpha", speakers=2, each=1))
    timing = try_out(store, a_probe(folder), rows, {"alpha": EMOTIONS}).timing
    assert timing is not None
    assert timing.loading >= 0.5
    assert timing.answering > 0


def test_why_weights_are_trusted_shapes_no_answer(folder: Path) -> None:
    reasons = [identity(a_probe(folder, unsafe_weights=reason)) for reason in ("", "mine", "my own")]
    assert reasons[0] == reasons[1] == reasons[2]


def test_a_run_that_dies_keeps_the_states_of_its_blocks(
    store: Store, folder: Path, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tones(store, "alpha", speakers=3, each=2)
    monkeypatch.setattr(recordings, "BLOCK", 4)
    counting = encoding.Encoder.pooled

    def dying(self: encoding.Encoder, wave: np.ndarray) -> np.ndarray:
        if len(read) == 10:
            raise KeyboardInterrupt
        return counting(self, wave)

    monkeypatch.setattr(encoding.Encoder, "pooled", dying)
    with pytest.raises(KeyboardInterrupt):
        run(store, a_probe(folder), rows)
    monkeypatch.setattr(encoding.Encoder, "pooled", counting)
    run(store, a_probe(folder), rows)
    assert len(read) == 10 + len(rows) - 8  # two blocks of four were kept


def test_a_corpus_of_one_speaker_is_not_answered_and_nothing_is_encoded(
    store: Store, folder: Path, read: list[int]
) -> None:
    rows = tones(store, "solo", speakers=1, each=2)
    outcome = run(store, a_probe(folder), rows)
    assert (outcome.errors, outcome.missing, read) == ({FINAL: 6}, 0, [])


def test_an_unreadable_recording_is_a_fault_of_its_corpus_and_of_no_other(store: Store, folder: Path) -> None:
    rows = tones(store, "alpha", speakers=2, each=1) + tones(store, "beta", speakers=2, each=1)
    path = Path(store.path("audio", "beta", rows[-1]["file_id"]))
    sound = path.read_bytes()
    path.write_bytes(sound[:100])
    outcome = run(store, a_probe(folder), rows)
    assert (outcome.errors, outcome.missing) == ({"audio": 6}, 6)
    path.write_bytes(sound)
    assert run(store, a_probe(folder), rows).errors == {}


def test_states_that_are_no_numbers_stop_the_probe(store: Store, tmp_path: Path) -> None:
    folder = tiny.encoder(tmp_path / "model")
    model = AutoModel.from_pretrained(folder)
    with torch.no_grad():
        model.feature_projection.projection.bias[0] = float("nan")
    model.save_pretrained(folder)
    rows = tones(store, "alpha", speakers=2, each=1)
    with pytest.raises(ArithmeticError, match=r"states of .* that are not numbers"):
        run(store, a_probe(folder), rows)


def test_a_changed_folder_is_refused(store: Store, tmp_path: Path) -> None:
    spec = a_probe(tiny.encoder(tmp_path / "model"))
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="cameo models pin tiny"):
        run(store, spec, tones(store, "alpha", speakers=2, each=1))


def test_a_spec_needs_no_prompt_and_no_layer() -> None:
    assert load(SPEC.encode(), "ears.yaml").prompt == ""
    assert load(SPEC.replace("{layer: mean}", "{}").encode(), "ears.yaml").options == {}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("layer: mean", "layer: middle", ["options.layer", "'middle'"]),
        ("layer: mean", "pooling: max", ["options.pooling", "'max'", "mean+std"]),
        ("layer: mean", "folds: 1", ["options.folds", "1"]),
        ("licence: MIT", "licence: MIT\nprompt: cameo-1", ["prompt", "encoder-probe is asked nothing"]),
        (
            "revision: 0123456789abcdef0123456789abcdef01234567",
            "revision: main",
            ["revision", "40 hex digits"],
        ),
    ],
)
def test_a_bad_spec_is_refused_with_what_is_allowed(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as complaint:
        load(SPEC.replace(old, new).encode(), "ears.yaml")
    for word in ["ears.yaml", *words]:
        assert word in str(complaint.value)


def test_the_class_is_known_without_heavy_imports() -> None:
    assert (EncoderProbe.family, EncoderProbe.scope) == ("encoder-probe/1", "corpus")


def test_a_closed_probe_gives_its_encoder_back(store: Store, folder: Path) -> None:
    spec = a_probe(folder)
    engine: Any = build_engine(spec, store.home)
    engine.close()  # nothing was loaded
    encoder = weakref.ref(engine._encoder)
    engine.close()
    assert encoder() is None
