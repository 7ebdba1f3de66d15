"""`splits.md`: what a fold guarantees and what not, for people who train on the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cameo_assets.collection.splits import FOLDS, Balance, Basis

_ABOUT: Final = f"""\
# Folds

`splits.parquet` puts every utterance into one fold of its corpus: `file_id`, `corpus`, `fold` (counted from
0) and `basis`. Test on one fold and train on the others, or keep one fold apart for good. There are {FOLDS}
folds, and fewer where a corpus has less to tell apart.

## What holds for every corpus

- Utterances with the same samples are in the same fold, whatever their labels and speakers.
- What `basis` names is never in two folds of the corpus (see below).
- Emotions are spread as evenly as that allows. Numbers of utterances may differ between folds.
- The folds of a corpus depend on its own utterances alone: to add or to remove another corpus changes none
  of them. An utterance that is added or removed may change all folds of its own corpus.

## What does not hold

- Fold 0 of one corpus has nothing to do with fold 0 of another. A recording or a person that two corpora
  share is not looked for here; the checks of `unified_jsonl` name those.
- Sentences occur in several folds where the basis is a speaker or a cluster: most corpora let all speakers
  say the same few, which is no harm as long as each is said in several emotions. Where it is not, words give
  the emotion away, and a model that hears them scores too well on any split by speakers. The column "texts
  in several folds" says how many of the different texts are, and how many of those go with one emotion alone.
- These are no splits of the publishers or of CAMEO, which has none.

## What the basis means

| Basis | Never in two folds | Why |
| --- | --- | --- |
{{bases}}

## The corpora

A unit is what is never torn apart: what the basis names, and more than one of it where they share recordings.
Even is what an emotion would have if it were spread over the folds in equal parts; the last column names the
emotion and the fold that are farthest from it.

{{corpora}}
"""
_MEANING: Final[Mapping[Basis, tuple[str, str]]] = {
    "speaker": ("a speaker", "a model recognises voices, and scores on voices it has heard are too good"),
    "cluster": (
        "a cluster of recordings, such as a dialogue or a kind of voice",
        "speakers are not known, or not all of them; this keeps together what likely shares one, and cannot "
        "promise it",
    ),
    "text": (
        "a text, though all are of one speaker",
        "the speaker says each text in several emotions or takes; scores tell nothing of other voices",
    ),
    "utterance": (
        "an utterance, and nothing more",
        "nothing better is known: voices are in all folds, and so may be texts; scores are likely too good",
    ),
}


def page(balances: Sequence[Balance], names: Mapping[str, str]) -> bytes:
    """The rationale with a row for each corpus.

    Args:
        balances: How even the folds are.
        names: Display name of each corpus by slug.

    Returns:
        Markdown, UTF-8.
    """
    bases = [f"| {basis} | {never} | {why} |" for basis, (never, why) in _MEANING.items()]
    header = [
        "Corpus",
        "Basis",
        "Speakers",
        "Units",
        "Folds",
        "Utterances in a fold",
        "Texts in several folds",
        "Farthest from even",
    ]
    rows = [header, ["---"] * len(header), *(_row(each, names[each.corpus]) for each in balances)]
    corpora = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return _ABOUT.format(bases="\n".join(bases), corpora=corpora).encode()


def _row(balance: Balance, name: str) -> list[str]:
    least, most = min(balance.sizes), max(balance.sizes)
    emotion, fold, ratio = balance.worst
    return [
        name.replace("|", "\\|"),
        balance.basis,
        str(balance.speakers or "unknown"),
        str(balance.units),
        str(balance.folds) if balance.folds > 1 else "1, so nothing to test on",
        f"{least:,}" if least == most else f"{least:,} to {most:,}",
        _texts(balance),
        f"{emotion} in fold {fold}: {100 * ratio:.0f}% of even" if ratio != 1 else "all even",
    ]


def _texts(balance: Balance) -> str:
    if not balance.texts:
        return "texts unknown"
    if not balance.texts_shared:
        return "none"
    telling = f"{100 * balance.texts_telling:.0f}% of them with one emotion"
    return f"{100 * balance.texts_shared:.0f}%, {telling}"
