"""The engine over the real path of transformers, with tiny models of random weights."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from cameo_assets.errors import BadInput
from cameo_assets.models.engines import transformers as module
from cameo_assets.models.engines.base import Answer, Ask
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.local import checks, encoders, runner
from cameo_assets.models.plan import make_plan
from cameo_assets.models.registry import build_engine
from cameo_assets.models.spec import Condition, ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models import tiny
from cameo_assets_tests.models.examples import OPTIONS, a_recording

BOTH: Any = ("generation", "likelihood")
SECONDS = (0.1, 0.4, 0.9, 0.35)

Said = dict[tuple[str, Any], tuple[str | None, Any, str]]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def rows(store: Store) -> list[dict[str, Any]]:
    """A few recordings of noise of two corpora, in the store."""
    noise = np.random.default_rng(0)
    return [
        a_recording(
            store,
            corpus,
            str(number),
            OPTIONS[corpus][0],
            "one",
            0.1 * noise.standard_normal(int(16_000 * length)),
        )
        for number, length in enumerate(SECONDS)
        for corpus in [("alpha", "beta")[number % 2]]
    ]


@pytest.fixture(params=[tiny.qwen2_audio, tiny.audio_flamingo3], ids=["Qwen2-Audio", "Audio Flamingo 3"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> ModelSpec:
    return tiny.spec(request.param(tmp_path / "model", layers=1), methods=BOTH)


@pytest.fixture
def qwen(tmp_path: Path) -> ModelSpec:
    return tiny.spec(tiny.qwen2_audio(tmp_path / "model", layers=1), methods=BOTH)


def with_options(spec: ModelSpec, **options: Any) -> ModelSpec:
    return msgspec.structs.replace(spec, options={**spec.options, **options})


def asks_of(spec: ModelSpec, store: Store, rows: list[dict[str, Any]]) -> list[Ask]:
    plan = make_plan(spec, conditions(spec), rows, OPTIONS)
    return list(plan.asks(store, plan.wanted))


def engine_of(spec: ModelSpec, store: Store) -> Any:
    return build_engine(spec, store.home)


def said(answers: Iterator[Answer]) -> Said:
    """Answers by utterance and draw; each must come once."""
    found: Said = {}
    for answer in answers:
        key = (answer.file_id, answer.sampling)
        assert key not in found
        found[key] = (answer.text, answer.details.get("tokens"), answer.error)
    return found


def test_a_model_is_evaluated_from_file_to_store(
    store: Store, spec: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    outcome = evaluate(store, spec, conditions(spec), rows, OPTIONS)
    # One greedy answer, two draws at 0.7, and the likelihood at both temperatures.
    assert (outcome.asked, outcome.missing, outcome.errors) == (5 * len(rows), 0, {})
    again = evaluate(store, spec, conditions(spec), rows, OPTIONS)
    assert (again.asked, again.reused) == (0, 5 * len(rows))
    record = msgspec.json.decode(outcome.answers(Condition(0.0)).to_pylist()[-1]["engine_versions"])
    assert (record["features"], record["prefill"], record["device"]) == ("unpadded", "shared", "cpu")


def test_likelihood_names_an_option_with_probabilities(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    outcome = evaluate(store, qwen, [Condition(0.7, "likelihood")], rows, OPTIONS)
    for row in outcome.answers(Condition(0.7, "likelihood")).to_pylist():
        chances = msgspec.json.decode(row["details"])["probabilities"]
        assert sorted(chances) == sorted(OPTIONS[row["corpus"]])
        assert row["text"] == max(chances, key=chances.get)
        assert sum(chances.values()) == pytest.approx(1, abs=1e-5)


def test_answers_depend_on_the_recording(store: Store, spec: ModelSpec, rows: list[dict[str, Any]]) -> None:
    alpha = [row for row in rows if row["corpus"] == "alpha"]
    asked = msgspec.structs.replace(spec, temperatures=(0.7,), methods=("likelihood",))
    answers = list(engine_of(asked, store).answer(asks_of(asked, store, alpha), {}))
    assert len({str(answer.details["probabilities"]) for answer in answers}) == len(alpha) == 2


def test_batched_answers_are_those_of_the_librarys_generate_one_by_one(
    store: Store, spec: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    engine = engine_of(spec, store)
    asks = asks_of(spec, store, rows)
    assert said(engine.answer(asks, {})) == said(engine.alone(asks))


@pytest.mark.parametrize(("family", "features"), [(tiny.music_flamingo, "unpadded"), (tiny.glm_asr, "stock")])
def test_a_family_for_which_nothing_was_written_is_answered_as_by_the_library(
    store: Store, tmp_path: Path, rows: list[dict[str, Any]], family: Any, features: str
) -> None:
    spec = tiny.spec(family(tmp_path / "model", layers=1), methods=BOTH)
    engine = engine_of(spec, store)
    asks = asks_of(spec, store, rows)
    assert said(engine.answer(asks, {})) == said(engine.alone(asks))
    assert engine.versions["features"] == features
    assert (engine.versions["batches"], engine.versions["prefill"]) == ("together", "shared")


def test_asking_one_by_one_and_together_may_take_turns(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    engine = engine_of(qwen, store)
    asks = asks_of(qwen, store, rows)
    together = said(engine.answer(asks, {}))
    alone = engine.alone(asks)
    first = [next(alone)]
    assert said(engine.answer(asks, {})) == together
    assert said(iter([*first, *alone])) == together


@pytest.mark.parametrize(
    "options",
    [
        {"features": "stock"},
        {"prefill": "stock"},
        {"features": "stock", "prefill": "stock"},
        {"batch_tokens": 1},
    ],
    ids=str,
)
def test_how_an_answer_is_got_does_not_shape_it(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    asks = asks_of(qwen, store, rows)
    other = engine_of(with_options(qwen, **options), store)
    assert said(other.answer(asks, {})) == said(engine_of(qwen, store).answer(asks, {}))
    expected = {"features": "unpadded", "prefill": "shared", **options}
    assert other.versions["features"] == expected["features"]
    assert other.versions["prefill"] == expected["prefill"]


def test_the_order_of_the_questions_does_not_matter(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    asks = asks_of(qwen, store, rows)
    engine = engine_of(with_options(qwen, batch_tokens=700), store)
    first = said(engine.answer(asks, {}))
    random.Random(0).shuffle(asks)
    assert said(engine.answer(asks, {})) == first


def test_temperatures_together_are_those_asked_one_at_a_time(
    store: Store, spec: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    heats = (0.0, 0.5, 0.7, 1.0)
    together = msgspec.structs.replace(spec, temperatures=heats, methods=("generation",))
    engine = engine_of(together, store)
    separate: Said = {}
    for heat in heats:
        one = msgspec.structs.replace(together, temperatures=(heat,))
        separate |= said(engine.answer(asks_of(one, store, rows), {}))
    assert said(engine.answer(asks_of(together, store, rows), {})) == separate


def test_another_temperature_may_say_another_thing(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    found = said(engine_of(qwen, store).answer(asks_of(qwen, store, rows), {}))
    by_heat = {
        heat: [text for (_, draw), (text, _, _) in found.items() if draw.temperature == heat]
        for heat in (0.0, 0.7)
    }
    assert not set(by_heat[0.0]) >= set(by_heat[0.7])


def test_a_bad_recording_is_a_fault_of_its_utterance_alone(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    store.path("audio", rows[1]["corpus"], rows[1]["file_id"]).unlink()
    rows.append(a_recording(store, "alpha", "short", "anger", "one", np.zeros(100)))
    missing, short = faulty = [rows[1]["file_id"], rows[-1]["file_id"]]
    asks = asks_of(qwen, store, rows)
    for way in (engine_of(qwen, store).answer(asks, {}), engine_of(qwen, store).alone(asks)):
        found = said(way)
        assert len(found) == 5 * len(rows)
        assert {key[0] for key, (text, _, _) in found.items() if text is None} == set(faulty)
        kinds = {key[0]: error.partition(": ")[0] for key, (_, _, error) in found.items() if error}
        assert kinds == {missing: "audio", short: "not applicable"}


def test_a_collection_without_a_usable_recording_is_all_faults(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    for row in rows:
        store.path("audio", row["corpus"], row["file_id"]).unlink()
    outcome = evaluate(store, qwen, conditions(qwen), rows, OPTIONS)
    assert outcome.errors == {"audio": 5 * len(rows)}


def failing(over: int, sizes: list[int], fault: Callable[[], Exception]) -> Any:
    """`answer_batch` on a device that fits so many utterances; it notes what it is asked."""
    honest = runner.answer_batch

    def answer_batch(loaded: Any, batch: Any, **how: Any) -> Iterator[Answer]:
        sizes.append(len(batch.asks))
        if len(batch.asks) > over:
            raise fault()
        return honest(loaded, batch, **how)

    return answer_batch


@pytest.mark.parametrize(
    "fault",
    [
        lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        lambda: RuntimeError("MPS backend out of memory"),
        lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["cuda", "mps", "cpu"],
)
def test_out_of_memory_halves_the_batch_and_the_budget_and_goes_on(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    asks = asks_of(qwen, store, rows)
    undisturbed = said(engine_of(qwen, store).answer(asks, {}))
    sizes: list[int] = []
    monkeypatch.setattr(runner, "answer_batch", failing(2, sizes, fault))
    engine = engine_of(qwen, store)
    assert said(engine.answer(asks, {})) == undisturbed
    assert sizes == [4, 2, 2]
    sizes.clear()
    assert said(engine.answer(asks, {})) == undisturbed
    assert max(sizes) <= 2, "the lower budget is kept"


def test_an_utterance_that_does_not_fit_alone_is_a_fault_of_the_engine(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(
        runner, "answer_batch", failing(0, sizes, lambda: torch.OutOfMemoryError("out of memory"))
    )
    found = said(engine_of(qwen, store).answer(asks_of(qwen, store, rows), {}))
    assert len(found) == 5 * len(rows)
    assert all(error.startswith("engine: out of memory") for _, _, error in found.values())
    assert sizes.count(1) == len(rows)


@pytest.mark.parametrize(("fits", "features", "prefill"), [(1, "unpadded", "shared"), (0, "stock", "stock")])
def test_the_checks_make_do_with_one_row_and_then_without(
    store: Store,
    qwen: ModelSpec,
    rows: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    fits: int,
    features: str,
    prefill: str,
) -> None:
    honest = checks.features_agree
    tried = []

    def features_agree(loaded: Any, padded: Any, unpadded: Any) -> bool:
        tried.append(len(padded.asks))
        if len(padded.asks) > 2 * fits:
            raise torch.OutOfMemoryError("out of memory")
        return honest(loaded, padded, unpadded)

    monkeypatch.setattr(checks, "features_agree", features_agree)
    engine = engine_of(qwen, store)
    assert len(said(engine.answer(asks_of(qwen, store, rows), {}))) == 5 * len(rows)
    assert (engine.versions["features"], engine.versions["prefill"]) == (features, prefill)
    assert tried == [2 * 4, 2 * 1]  # each utterance in two lengths


def test_another_fault_stops_the_engine_and_leaves_no_thread(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "answer_batch", failing(0, [], lambda: RuntimeError("device-side assert")))
    with pytest.raises(RuntimeError, match="device-side assert"):
        said(engine_of(qwen, store).answer(asks_of(qwen, store, rows), {}))
    assert not any(thread.name == "feeder" for thread in threading.enumerate())


def test_an_encoder_that_trims_wrongly_is_not_used(
    store: Store, spec: ModelSpec, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = asks_of(spec, store, rows)
    right = said(engine_of(spec, store).answer(asks, {}))
    honest = encoders._embedded
    monkeypatch.setattr(encoders, "_embedded", lambda encoder, features: honest(encoder, features).roll(1, 1))
    engine = engine_of(spec, store)
    assert said(engine.answer(asks, {})) == right
    assert engine.versions["features"] == "stock"


def test_a_trimmed_encoder_that_fails_is_not_used(
    store: Store,
    qwen: ModelSpec,
    rows: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def forward(encoder: Any) -> Any:
        raise AttributeError("no embed_positions")

    monkeypatch.setitem(encoders.FAMILIES, "Qwen2AudioEncoder", forward)
    asks = asks_of(qwen, store, rows)
    engine = engine_of(qwen, store)
    assert said(engine.answer(asks, {})) == said(engine.alone(asks))
    assert engine.versions["features"] == "stock"
    assert "AttributeError: no embed_positions" in caplog.text


def test_the_ways_are_unknown_until_they_are_chosen(
    store: Store, qwen: ModelSpec, rows: list[dict[str, Any]]
) -> None:
    """Else a parity gate that was passed would not hold for the next process."""
    engine = engine_of(qwen, store)
    before = dict(engine.versions)
    said(engine.answer(asks_of(qwen, store, rows), {}))
    chosen = {"batches": "together", "features": "unpadded", "prefill": "shared"}
    assert engine.versions == {**before, **chosen}
    assert not set(before) & set(chosen)


def test_a_model_whose_batches_have_no_mask_is_asked_one_by_one(
    store: Store,
    qwen: ModelSpec,
    rows: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from transformers.models.qwen2_audio.modeling_qwen2_audio import Qwen2AudioEncoder

    honest = Qwen2AudioEncoder.forward

    def forgetful(encoder: Any, input_features: torch.Tensor, attention_mask: Any = None, **how: Any) -> Any:
        """Hears how long the longest recording of its batch is."""
        longest = attention_mask.any(dim=0, keepdim=True).expand_as(attention_mask)
        return honest(encoder, input_features, longest, **how)

    monkeypatch.setattr(Qwen2AudioEncoder, "forward", forgetful)
    asks = asks_of(qwen, store, rows)
    engine = engine_of(with_options(qwen, features="stock"), store)
    assert said(engine.answer(asks, {})) == said(engine.alone(asks))
    assert engine.versions["batches"] == "one by one"
    assert "depends on its neighbours" in caplog.text


def test_a_shared_prefill_that_differs_is_not_used(
    store: Store,
    qwen: ModelSpec,
    rows: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(runner, "same_as_stock", lambda *_: ["token 1 differs"])
    asks = asks_of(qwen, store, rows)
    engine = engine_of(qwen, store)
    assert said(engine.answer(asks, {})) == said(engine.alone(asks))
    assert engine.versions["prefill"] == "stock"
    assert "token 1 differs" in caplog.text


def test_a_model_that_takes_no_chat_is_refused_at_once(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="chat_template"):
        engine_of(tiny.spec(tiny.whisper(tmp_path / "model")), store)


def test_a_closed_engine_holds_no_model_and_answers_no_more(store: Store, qwen: ModelSpec) -> None:
    engine = engine_of(qwen, store)
    model = weakref.ref(engine._runner._loaded.model)
    engine.close()
    gc.collect()
    assert model() is None
    with pytest.raises(RuntimeError, match="closed"):
        engine.answer([], {})


def test_a_missing_package_is_named_with_its_extra(
    store: Store, qwen: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(BadInput, match=r"no torch.*cameo_assets\[transformers\]"):
        engine_of(qwen, store)


@pytest.mark.parametrize(
    ("options", "valid"),
    [
        ({"device": "cuda:1"}, True),
        ({"device": "tpu"}, False),
        ({"dtype": "int8"}, False),
        ({"batch_tokens": -1}, False),
        ({"temperature": 1}, False),
    ],
    ids=str,
)
def test_options_are_checked_without_loading_anything(options: Mapping[str, Any], valid: bool) -> None:
    try:
        msgspec.convert(options, module.TransformersOptions)
    except msgspec.ValidationError:
        assert not valid
    else:
        assert valid


def test_options_that_say_how_to_ask_are_no_part_of_the_question() -> None:
    names = set(module.TransformersOptions.__struct_fields__)
    assert names >= module.Transformers.operational >= module.Transformers.gate
    assert names - module.Transformers.operational == {"attention", "audio_first", "dtype", "system"}
