"""A board of realistic shape: CAMEO's 13 corpora and 17 emotions, evaluations with invented scores.

The scores come from invented confusion counts, so macro F1, recall and the matrices agree with each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from cameo_assets.board.data import Board, Confusion, Corpus, Row, Score
from cameo_assets.vocabulary import EMOTIONS

Counts = dict[str, dict[str, float]]
"""True emotion to answered emotion to utterances; the empty answer is the unresolved one."""

_SHARED = ("anger", "happiness", "sadness")
_SIX = (*_SHARED, "fear", "neutral", "surprise")
_JL = ("anxiety", "apology", "assertiveness", "concern", "encouragement", "excitement")

# slug, name, language, licence, utterances, speakers, hours, emotions
_CORPORA: tuple[tuple[str, str, str, str, int, int, float, tuple[str, ...]], ...] = (
    ("cafe", "CaFE", "French", "CC BY-NC-SA 4.0", 936, 12, 1.2, (*_SIX, "disgust")),
    ("crema_d", "CREMA-D", "English", "ODbL 1.0", 7442, 91, 5.3, (*_SHARED, "fear", "neutral", "disgust")),
    (
        "emns",
        "EMNS",
        "English",
        "Apache 2.0",
        1205,
        1,
        1.9,
        (*_SHARED, "neutral", "surprise", "disgust", "excitement", "sarcasm"),
    ),
    ("emozionalmente", "Emozionalmente", "Italian", "CC BY 4.0", 6902, 431, 6.3, (*_SIX, "disgust")),
    ("enterface", "eNTERFACE", "English", "MIT", 1257, 43, 1.0, (*_SHARED, "fear", "surprise", "disgust")),
    ("jl_corpus", "JL-Corpus", "English", "CC0 1.0", 2400, 4, 1.4, (*_SHARED, "neutral", *_JL)),
    ("mesd", "MESD", "Spanish", "CC BY 4.0", 862, 0, 0.2, (*_SHARED, "fear", "neutral", "disgust")),
    ("nemo", "nEMO", "Polish", "CC BY-NC-SA 4.0", 4481, 9, 3.1, _SIX),
    ("oreau", "Oréau", "French", "CC BY 4.0", 502, 32, 0.3, (*_SIX, "disgust")),
    ("pavoque", "PAVOQUE", "German", "CC BY-NC-SA 4.0", 5442, 1, 7.6, (*_SHARED, "neutral", "poker")),
    ("ravdess", "RAVDESS", "English", "CC BY-NC-SA 4.0", 1440, 24, 1.5, (*_SIX, "disgust", "calm")),
    (
        "resd",
        "RESD",
        "Russian",
        "MIT",
        1396,
        0,
        2.3,
        (*_SHARED, "fear", "neutral", "disgust", "enthusiasm"),
    ),
    ("subesco", "SUBESCO", "Bengali", "CC BY 4.0", 7000, 20, 7.8, (*_SIX, "disgust")),
)

# model, name, kind, engine, licence, parameters, released, temperatures, skill, unresolved, trained on
_MODELS: tuple[
    tuple[str, str, str, str, str, int | None, str, tuple[float, ...], float, float, tuple[str, ...]], ...
] = (
    ("chance", "Chance", "baseline", "chance", "Apache 2.0", None, "", (0.0,), 0.0, 0.0, ()),
    ("majority", "Majority label", "baseline", "majority", "Apache 2.0", None, "", (0.0,), 0.01, 0.0, ()),
    (
        "acoustic-probe",
        "Acoustic probe",
        "baseline",
        "probe",
        "Apache 2.0",
        None,
        "",
        (0.0,),
        0.19,
        0.0,
        tuple(row[0] for row in _CORPORA),
    ),
    (
        "qwen2-audio-7b-instruct",
        "Qwen2-Audio-7B-Instruct",
        "model",
        "transformers",
        "Apache 2.0",
        8_400_000_000,
        "2024-08-09",
        (0.0, 0.7),
        0.1,
        0.06,
        ("crema_d", "ravdess"),
    ),
    (
        "ultravox-v0.5-llama-3.1-8b",
        "Ultravox v0.5 Llama-3.1-8B",
        "model",
        "openai",
        "MIT",
        8_700_000_000,
        "2025-02-10",
        (0.0, 0.7),
        0.06,
        0.14,
        (),
    ),
    (
        "ultravox-v0.5-llama-3.2-1b",
        "Ultravox v0.5 Llama-3.2-1B",
        "model",
        "openai",
        "MIT",
        1_900_000_000,
        "2025-02-10",
        (0.0,),
        0.03,
        0.31,
        (),
    ),
    (
        "seallms-audio-7b",
        "SeaLLMs-Audio-7B",
        "model",
        "transformers",
        "other",
        8_400_000_000,
        "2025-03-13",
        (0.0,),
        0.055,
        0.1,
        (),
    ),
    (
        "voxtral-mini",
        "Voxtral-Mini",
        "model",
        "openai",
        "Apache 2.0",
        4_700_000_000,
        "2025-07-15",
        (0.0, 0.7),
        0.12,
        0.03,
        (),
    ),
    (
        "qwen2.5-omni-7b",
        "Qwen2.5-Omni-7B",
        "model",
        "transformers",
        "Apache 2.0",
        10_700_000_000,
        "2025-03-26",
        (0.0,),
        0.25,
        0.01,
        ("ravdess",),
    ),
)


def example_corpora(*, sample: bool = False) -> tuple[Corpus, ...]:
    """The thirteen; CREMA-D is a partial copy, RESD has refused clips."""
    found = []
    for slug, name, language, licence, n, speakers, hours, emotions in _CORPORA:
        missing = 37 if slug == "crema_d" else 2 if slug == "resd" else 0
        found.append(
            Corpus(
                slug=slug,
                name=name,
                language=language,
                licence=licence,
                homepage=f"https://example.org/{slug}",
                utterances=n - missing,
                published=n,
                refused=2 if slug == "resd" else 0,
                speakers=speakers,
                emotions=tuple(sorted(emotions)),
                hours=hours,
                sample=sample,
            )
        )
    return tuple(found)


def example_board(*, sample: bool = False, notes: tuple[str, ...] = ()) -> Board:
    """Twelve evaluations, each read by two readers."""
    corpora = example_corpora(sample=sample)
    rows = [
        _row(model, temperature, reader, corpora)
        for reader in ("published", "strict")
        for model in _MODELS
        for temperature in model[7]
    ]
    return Board(
        collection_version="2f7c1d9a04be",
        readers=("published", "strict"),
        corpora=corpora,
        emotions=EMOTIONS,
        rows=tuple(_ranked(rows)),
        draws=10_000,
        notes=notes or ("CREMA-D is a partial copy: 7,405 of 7,442 published utterances.",),
        software="cameo_assets 0.1.0",
    )


def with_likelihood(board: Board) -> Board:
    """The same board with the voxtrals a second time, by likelihood; scores and ranks are kept."""
    import msgspec

    rows = [
        msgspec.structs.replace(
            row, evaluation=row.evaluation.replace("@", "@likelihood-"), method="likelihood", samples=1
        )
        for row in board.rows
        if row.model == "voxtral-mini"
    ]
    return msgspec.structs.replace(board, rows=(*board.rows, *rows))


def _row(model: tuple, temperature: float, reader: str, corpora: tuple[Corpus, ...]) -> Row:  # type: ignore[type-arg]
    key, name, kind, engine, licence, parameters, released, _, skill, unresolved, trained_on = model
    draw = Random(f"{key} {temperature}")
    lost = unresolved if reader == "strict" else 0.0
    counts = {
        corpus.slug: _counts(
            draw, corpus, skill + 0.05 * (corpus.slug in trained_on) - temperature / 50, lost
        )
        for corpus in corpora
    }
    scores = {corpus.slug: _score(counts[corpus.slug], corpus.speakers or 120) for corpus in corpora}
    languages = {}
    for language in sorted({corpus.language for corpus in corpora}):
        members = [corpus for corpus in corpora if corpus.language == language]
        pooled = _pool(counts[corpus.slug] for corpus in members)
        languages[language] = _score(pooled, sum(corpus.speakers or 120 for corpus in members))
    pooled = _pool(counts.values())
    drawn = temperature > 0
    return Row(
        evaluation=f"{key}@{temperature:g}",
        model=key,
        name=name,
        kind=kind,
        engine=engine,
        revision="" if kind == "baseline" else "0a095220c30b7b31434169c3086508ef3ea5bf0a",
        licence=licence,
        parameters=parameters,
        released=released,
        temperature=None if kind == "baseline" else temperature,
        samples=3 if drawn else 1,
        prompt="" if kind == "baseline" else "one-word-v1",
        reader=reader,
        reader_version="1",
        coverage=1.0,
        overall=_score(pooled, 908),
        mean_over_corpora=sum(score.value for score in scores.values()) / len(scores),
        mean_over_languages=sum(score.value for score in languages.values()) / len(languages),
        rank_low=1,
        rank_high=1,
        spread=0.0023 if drawn else None,
        agreement=0.61 if drawn else None,
        corpora=scores,
        languages=languages,
        emotions={
            emotion: _emotion_score(pooled, emotion, 12 if emotion in _JL else 640) for emotion in EMOTIONS
        },
        confusion=Confusion(
            labels=EMOTIONS,
            counts=tuple(
                tuple(pooled[true].get(answer, 0.0) for answer in (*EMOTIONS, "")) for true in EMOTIONS
            ),
        ),
        exposure={corpus.slug: "yes" if corpus.slug in trained_on else "unknown" for corpus in corpora},
        homepage="" if kind == "baseline" else f"https://example.org/models/{key}",
    )


def _counts(draw: Random, corpus: Corpus, skill: float, lost: float) -> Counts:
    share = corpus.utterances / len(corpus.emotions)
    found: Counts = {}
    for true in corpus.emotions:
        hit = min(0.97, 1 / len(corpus.emotions) + max(skill, 0) * draw.uniform(0.4, 2.2))
        weights = {answer: draw.uniform(0.2, 1.4) for answer in corpus.emotions if answer != true}
        total = sum(weights.values())
        rest = (1 - hit) * (1 - lost)
        found[true] = {answer: round(share * rest * w / total, 3) for answer, w in weights.items()}
        found[true][true] = round(share * hit * (1 - lost), 3)
        found[true][""] = round(share * lost, 3)
    return found


def _pool(parts: Iterable[Counts]) -> Counts:
    pooled: Counts = {}
    for part in parts:
        for true, answers in part.items():
            row = pooled.setdefault(true, {})
            for answer, count in answers.items():
                row[answer] = round(row.get(answer, 0.0) + count, 3)
    return pooled


def _rates(counts: Counts, emotion: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of one emotion against the rest."""
    hits = counts[emotion].get(emotion, 0.0)
    actual = sum(counts[emotion].values())
    answered = sum(row.get(emotion, 0.0) for row in counts.values())
    return (
        hits / answered if answered else 0.0,
        hits / actual if actual else 0.0,
        2 * hits / (answered + actual) if answered + actual else 0.0,
    )


def _emotion_score(counts: Counts, emotion: str, groups: int) -> Score:
    precision, recall, f1 = _rates(counts, emotion)
    n = round(sum(counts[emotion].values()))
    low, high = _interval(f1, n)
    return Score(value=f1, low=low, high=high, n=n, groups=groups, precision=precision, recall=recall)


def _score(counts: Counts, groups: int) -> Score:
    rates = {emotion: _rates(counts, emotion) for emotion in counts}
    actual = {emotion: sum(row.values()) for emotion, row in counts.items()}
    n = sum(actual.values())
    value = sum(f1 for _, _, f1 in rates.values()) / len(rates)
    low, high = _interval(value, round(n))
    return Score(
        value=value,
        low=low,
        high=high,
        n=round(n),
        groups=groups,
        weighted_f1=sum(rates[emotion][2] * actual[emotion] for emotion in counts) / n,
        accuracy=sum(row.get(emotion, 0.0) for emotion, row in counts.items()) / n,
        uar=sum(recall for _, recall, _ in rates.values()) / len(rates),
        unresolved=sum(row.get("", 0.0) for row in counts.values()) / n,
    )


def _interval(value: float, n: int) -> tuple[float, float]:
    half = 2.9 / max(n, 1) ** 0.5
    return max(0.0, value - half), min(1.0, value + half)


def _ranked(rows: list[Row]) -> Iterable[Row]:
    """The rows with rank intervals from overlapping score intervals (the real board uses joint draws)."""
    import msgspec

    for row in rows:
        peers = [peer.overall for peer in rows if peer.reader == row.reader]
        mine = row.overall
        better = sum((peer.low or 0) > (mine.high or 0) for peer in peers)
        worse = sum((peer.high or 0) < (mine.low or 0) for peer in peers)
        yield msgspec.structs.replace(row, rank_low=1 + better, rank_high=len(peers) - worse)
