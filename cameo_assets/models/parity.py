"""The parity gate: an engine that asks many at once must answer as it would one by one.

What makes an evaluation fast (batches, shared caches, trimmed features, many requests in flight) may change
what is said, and nobody would see it in the scores. So before a model is asked about a whole collection, the
engine answers a small probe set in both ways, greedily. If fewer than `LEAST` of the answers agree, it stops
there. The result is kept in the store, for each way of asking and method:

    parity/<model>/<gate>.json

What was said while a comparison was under way is kept until it ends (see `comparison`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models import predictions
from cameo_assets.models.comparison import Comparison, Key, Way, forget
from cameo_assets.models.engines import engine_class, family_of, options_of
from cameo_assets.models.engines.base import AUDIO, Answer, Ask, Engine, GatedEngine, Method, Sampling
from cameo_assets.models.promise import kept
from cameo_assets.models.prompts import PROMPTS
from cameo_assets.models.spec import gate_version, identity
from cameo_assets.provenance import version_of

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store

PROBES: Final = 40
"""Utterances of the probe set; all where there are fewer."""
LEAST: Final = 0.95
"""Share of the answers that must agree. It is not 1, as sums in another order may tip a near tie."""

_SAME_FAULT: Final = frozenset({AUDIO, predictions.FINAL})
_SHOWN: Final = 3
_PLAINER: Final = {
    "batch_seconds": "a smaller `batch_seconds`",
    "batch_tokens": "a smaller `batch_tokens`",
    "concurrency": "`concurrency: 1`",
    "features": "`features: stock`",
    "prefill": "`prefill: stock`",
}


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance of which two different things were said.

    Attributes:
        file_id: Id of the utterance.
        corpus: Slug.
        together: What the engine said, asked about many at once; or the fault.
        alone: What it said when asked about this one alone; or the fault.
    """

    file_id: str
    corpus: str
    together: str
    alone: str


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one comparison.

    Attributes:
        model: Id.
        method: How the answers were got.
        settings: The options on which it depends, with their values.
        versions: Of the libraries, when it was made.
        compared: Utterances of the probe set.
        disagreements: Those on which the two ways do not agree, sorted.
    """

    model: str
    method: Method
    settings: dict[str, str]
    versions: dict[str, str]
    compared: int
    disagreements: tuple[Disagreement, ...]

    @property
    def agreed(self) -> int:
        """Utterances on which the two ways agree."""
        return self.compared - len(self.disagreements)

    @property
    def passed(self) -> bool:
        """Whether enough of the answers agree."""
        return self.agreed >= LEAST * self.compared

    def holds(self, versions: Mapping[str, str]) -> bool:
        """Whether it was passed with these versions; what an engine learns later is not compared."""
        return self.passed and all(self.versions.get(name) == value for name, value in versions.items())


class ParityFailed(BadInput):
    """Asked about many at once, the engine answers otherwise than one by one.

    That is final until the spec or the code changes, so it is bad input.
    """

    def __reduce__(self) -> tuple[type[BadInput], tuple[str, str, str, str]]:
        return (ParityFailed, (self.path, self.rule, self.seen, self.expected))


def gated(spec: ModelSpec) -> bool:
    """Whether a model has a gate to pass: not where its options have it asked one by one anyway."""
    kind = engine_class(spec.engine)
    if kind.gate is None:
        return False
    options = msgspec.to_builtins(options_of(spec))
    return not kind.plain or any(options[name] != value for name, value in kind.plain.items())


def read(store: Store, spec: ModelSpec, method: Method) -> Gate | None:
    """The last comparison of the way in which a model is asked now; None where there is none.

    Raises:
        BadInput: The file is damaged.
    """
    path = ("parity", spec.id, f"{_gate_id(spec, method)}.json")
    try:
        return msgspec.json.decode(store.read_bytes(*path), type=Gate)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as fault:
        expected = "what came of a parity gate; remove the file, and the gate is passed again"
        raise BadInput("/".join(path), "damaged_gate", str(fault), expected) from fault


def write(store: Store, spec: ModelSpec, gate: Gate) -> None:
    """Keeps a comparison."""
    data = msgspec.json.format(msgspec.json.encode(gate, order="sorted"), indent=1)
    store.write_bytes(data, "parity", spec.id, f"{_gate_id(spec, gate.method)}.json")


def obstacle(store: Store, spec: ModelSpec, method: Method) -> str:
    """Why evaluations by a method may not enter the board; empty where they may."""
    if not gated(spec):
        return ""
    gate = read(store, spec, method)
    if gate is None:
        return "its way of asking has not passed the parity gate yet"
    if gate.passed:
        return ""
    return f"its way of asking fails the parity gate: {_count(gate)}"


def greedy(spec: ModelSpec, method: Method) -> Sampling:
    """How an utterance of the probe set is asked about."""
    return Sampling(
        temperature=0.0, sample=0, seed=spec.seed, max_new_tokens=spec.max_new_tokens, method=method
    )


def compare(
    spec: ModelSpec, engine: Engine, asks: Sequence[Ask], comparison: Comparison
) -> tuple[list[Gate], list[Answer]]:
    """Asks about the probe set in both ways, as far as that was not done before.

    A fault of the engine, in either way, is tried again once, and is no agreement then. A recording that
    neither way can use is.

    Args:
        spec: The model.
        engine: Loaded.
        asks: The probe set; each with the greedy sampling of every method that is compared.
        comparison: What was said before; what is said now is kept in it, also when the engine stops.

    Returns:
        A gate for each method, and the answers of the engine as it is used.

    Raises:
        BrokenPromise: The engine did not answer exactly what it was asked.
        Exception: Whatever stops the engine.
    """
    plain = cast(GatedEngine, engine)
    together = _answers(engine, asks, "together", lambda some: engine.answer(some, {}), comparison)
    alone = _answers(engine, asks, "alone", plain.alone, comparison)
    corpora = {ask.item.file_id: ask.item.corpus for ask in asks}
    methods = sorted({sampling.method for _, sampling in together})
    gates = [
        Gate(
            model=spec.id,
            method=method,
            settings=_settings(spec),
            versions={**comparison.versions, **engine.versions},
            compared=sum(sampling.method == method for _, sampling in together),
            disagreements=_disagreements(method, together, alone, corpora),
        )
        for method in methods
    ]
    return gates, list(together.values())


def sweep(store: Store, spec: ModelSpec) -> None:
    """Removes what a process left of a comparison that was killed when the gate of each method was passed."""
    if gated(spec) and not any(obstacle(store, spec, method) for method in spec.methods):
        forget(store, spec)


def demand(gates: Iterable[Gate]) -> None:
    """Raises `ParityFailed` for the first gate that was not passed; the message says what to set."""
    for gate in gates:
        if not gate.passed:
            some = "; ".join(
                f"{each.corpus}/{each.file_id}: {_short(each.together)} together, {_short(each.alone)} alone"
                for each in gate.disagreements[:_SHOWN]
            )
            plainer = [_PLAINER.get(name, f"another `{name}`") for name in sorted(gate.settings)]
            raise ParityFailed(
                f"{gate.model}: {gate.method}",
                "parity",
                f"{_count(gate)} ({some})",
                f"at least {LEAST:.0%} alike; ask in a plainer way: in options set {' or '.join(plainer)}",
            )


def _gate_id(spec: ModelSpec, method: Method) -> str:
    return version_of(
        identity(spec),
        family_of(spec),
        PROMPTS[spec.prompt],
        spec.max_new_tokens,
        method,
        gate_version(spec),
    )


def _settings(spec: ModelSpec) -> dict[str, str]:
    options = msgspec.to_builtins(options_of(spec))
    return {name: str(options[name]) for name in sorted(engine_class(spec.engine).gate or ())}


def _answers(
    engine: Engine,
    asks: Sequence[Ask],
    way: Way,
    answer: Callable[[Sequence[Ask]], Iterable[Answer]],
    comparison: Comparison,
) -> dict[Key, Answer]:
    """All answers of one way, in the order of the asks; faults of the engine are asked again once."""
    found = comparison.known(way)
    try:
        for _ in range(2):
            if rest := _rest(asks, found):
                with closing(kept(engine.family, rest, answer(rest))) as answers:
                    for each in answers:
                        found[each.file_id, each.sampling] = comparison.note(way, each, engine.versions)
    finally:  # also when the engine stops
        comparison.flush()
    return {(ask.item.file_id, s): found[ask.item.file_id, s] for ask in asks for s in ask.samplings}


def _rest(asks: Iterable[Ask], found: Mapping[Key, Answer]) -> list[Ask]:
    """What has no answer yet, or only a fault of the engine."""
    return [
        msgspec.structs.replace(ask, samplings=rest)
        for ask in asks
        if (rest := tuple(s for s in ask.samplings if _open(found.get((ask.item.file_id, s)))))
    ]


def _open(answer: Answer | None) -> bool:
    if answer is None:
        return True
    return bool(answer.error) and predictions.kind_of(answer.error) not in _SAME_FAULT


def _disagreements(
    method: Method, together: Mapping[Key, Answer], alone: Mapping[Key, Answer], corpora: Mapping[str, str]
) -> tuple[Disagreement, ...]:
    found = [
        Disagreement(
            file_id=file_id,
            corpus=corpora[file_id],
            together=_said(answer),
            alone=_said(alone[file_id, sampling]),
        )
        for (file_id, sampling), answer in together.items()
        if sampling.method == method and not _agree(answer, alone[file_id, sampling])
    ]
    return tuple(sorted(found, key=lambda each: (each.corpus, each.file_id)))


def _agree(one: Answer, other: Answer) -> bool:
    if one.error or other.error:
        kind = predictions.kind_of(one.error)
        return kind in _SAME_FAULT and kind == predictions.kind_of(other.error)
    return one.text == other.text


def _said(answer: Answer) -> str:
    return answer.error or answer.text or ""


def _count(gate: Gate) -> str:
    return f"{len(gate.disagreements)} of {gate.compared} answers differ"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
