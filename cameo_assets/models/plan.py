"""Which answers an evaluation wants: one for each utterance and draw, each with its request key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines import engine_class, family_of
from cameo_assets.models.engines.base import Ask, Item, Reference, Sampling
from cameo_assets.models.prompts import prompt_text
from cameo_assets.models.request import context, corpus_version, request_key
from cameo_assets.models.spec import (
    Condition,
    ModelSpec,
    conditions,
    draws,
    evaluation_key,
    identity,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.store import Store


# gc=False: there are hundreds of thousands at once, and none can be part of a cycle.
class Subject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an evaluation needs to know of an utterance: some columns of the collection.

    Attributes:
        file_id: Id.
        corpus: Slug.
        emotion: Its label, which engines of scope `utterance` never see.
        group_id: Its speaker, or the best known cluster.
        pcm_md5: Identity of its audio.
        seconds: Duration.
    """

    file_id: str
    corpus: str
    emotion: str
    group_id: str
    pcm_md5: str
    seconds: float


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One answer that is wanted.

    Attributes:
        subject: Of which utterance.
        sampling: Which draw.
        key: Request key.
    """

    subject: Subject
    sampling: Sampling
    key: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that is wanted of a model over a collection.

    Attributes:
        spec: The model.
        subjects: The collection.
        options: Emotions offered, by corpus, sorted.
        prompts: Text of the question, by corpus.
        conditions: Those asked for, sorted.
        wanted: Every answer, utterance by utterance in the collection's order.
    """

    spec: ModelSpec
    subjects: tuple[Subject, ...]
    options: dict[str, tuple[str, ...]]
    prompts: dict[str, str]
    conditions: tuple[Condition, ...]
    wanted: tuple[Wanted, ...]

    def asks(self, store: Store, wanted: Iterable[Wanted]) -> Iterator[Ask]:
        """Wanted answers as an engine is asked: all draws of an utterance together."""
        missing: dict[str, list[Wanted]] = {}
        for each in wanted:
            missing.setdefault(each.subject.file_id, []).append(each)
        for group in missing.values():
            samplings = tuple(each.sampling for each in group)
            yield Ask(item=self.item(store, group[0].subject), samplings=samplings)

    def item(self, store: Store, subject: Subject) -> Item:
        """An utterance as an engine sees it."""
        return Item(
            file_id=subject.file_id,
            corpus=subject.corpus,
            path=_flac(store, subject),
            pcm_md5=subject.pcm_md5,
            seconds=subject.seconds,
            options=self.options[subject.corpus],
            prompt=self.prompts[subject.corpus],
        )

    def key(self, subject: Subject, sampling: Sampling) -> str:
        """Request key of an answer about an utterance, whether it is wanted or not."""
        options = {subject.corpus: self.options[subject.corpus]}
        contexts = _contexts(self.spec, [sampling], self.subjects, options, self.prompts)
        found = contexts[subject.corpus, sampling]
        return request_key(found, file_id=subject.file_id, pcm_md5=subject.pcm_md5)

    def references(self, store: Store, corpora: Iterable[str]) -> dict[str, list[Reference]]:
        """The labelled utterances of some corpora, for engines that learn; none for the others."""
        if engine_class(self.spec.engine).scope != "corpus":
            return {}
        found: dict[str, list[Reference]] = {corpus: [] for corpus in sorted(corpora)}
        for subject in self.subjects:
            if subject.corpus in found:
                found[subject.corpus].append(
                    Reference(
                        file_id=subject.file_id,
                        path=_flac(store, subject),
                        pcm_md5=subject.pcm_md5,
                        emotion=subject.emotion,
                        group_id=subject.group_id,
                    )
                )
        return found


def make_plan(
    spec: ModelSpec,
    chosen: Iterable[Condition],
    collection: pa.Table | Iterable[Mapping[str, Any]],
    options_by_corpus: Mapping[str, Sequence[str]],
) -> Plan:
    """Says what is wanted, with the key of each answer.

    Args:
        spec: The model.
        chosen: Some of the model's conditions.
        collection: Rows with the fields of `Subject`; others are ignored.
        options_by_corpus: The emotions of each corpus.

    Raises:
        BadInput: A condition is none of the model's; an id comes twice; a corpus has no options.
    """
    subjects = _subjects(collection)
    corpora = sorted({subject.corpus for subject in subjects})
    missing = [corpus for corpus in corpora if not options_by_corpus.get(corpus)]
    if missing:
        raise BadInput("collection", "options", f"no options for {missing}", "the emotions of each corpus")
    options = {corpus: tuple(sorted(options_by_corpus[corpus])) for corpus in corpora}
    prompts = {corpus: prompt_text(spec.prompt, options[corpus]) for corpus in corpora}
    asked = _asked(spec, chosen)
    samplings = _samplings(spec, asked)
    contexts = _contexts(spec, samplings, subjects, options, prompts)
    wanted = (
        Wanted(
            subject,
            sampling,
            request_key(contexts[subject.corpus, sampling], file_id=subject.file_id, pcm_md5=subject.pcm_md5),
        )
        for subject in subjects
        for sampling in samplings
    )
    return Plan(
        spec=spec,
        subjects=subjects,
        options=options,
        prompts=prompts,
        conditions=asked,
        wanted=tuple(wanted),
    )


def _subjects(collection: pa.Table | Iterable[Mapping[str, Any]]) -> tuple[Subject, ...]:
    fields = Subject.__struct_fields__
    table: Any = collection  # pyarrow has no types
    rows = table.select(list(fields)).to_pylist() if hasattr(table, "to_pylist") else table
    subjects = tuple(Subject(**{field: row[field] for field in fields}) for row in rows)
    seen: set[str] = set()
    for subject in subjects:
        if subject.file_id in seen:
            raise BadInput(f"collection: {subject.file_id}", "unique_id", "the id twice", "each id once")
        seen.add(subject.file_id)
    return subjects


def _asked(spec: ModelSpec, chosen: Iterable[Condition]) -> tuple[Condition, ...]:
    asked = sorted(set(chosen))
    if strange := [each for each in asked if each not in conditions(spec)]:
        own = ", ".join(evaluation_key(spec, each) for each in conditions(spec))
        raise BadInput(spec.id, "condition", evaluation_key(spec, strange[0]), f"one of {own}")
    return tuple(asked)


def _samplings(spec: ModelSpec, asked: Iterable[Condition]) -> list[Sampling]:
    return [
        Sampling(
            temperature=condition.temperature,
            sample=sample,
            seed=spec.seed,
            max_new_tokens=spec.max_new_tokens,
            method=condition.method,
        )
        for condition in asked
        for sample in range(draws(spec, condition))
    ]


def _contexts(
    spec: ModelSpec,
    samplings: Sequence[Sampling],
    subjects: Sequence[Subject],
    options: Mapping[str, tuple[str, ...]],
    prompts: Mapping[str, str],
) -> dict[tuple[str, Sampling], str]:
    learnt: dict[str, list[tuple[str, str, str, str]]] = {}
    if engine_class(spec.engine).scope == "corpus":
        for each in subjects:
            learnt.setdefault(each.corpus, []).append(
                (each.file_id, each.pcm_md5, each.emotion, each.group_id)
            )
    versions = {corpus: corpus_version(rows) for corpus, rows in learnt.items()}
    model, family = identity(spec), family_of(spec)
    return {
        (corpus, sampling): context(
            model=model,
            family=family,
            prompt=prompts[corpus],
            options=options[corpus],
            sampling=sampling,
            corpus_version=versions.get(corpus, ""),
        )
        for corpus in options
        for sampling in samplings
    }


def _flac(store: Store, subject: Subject) -> str:
    return str(store.path("audio", subject.corpus, subject.file_id))
