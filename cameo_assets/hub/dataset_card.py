"""The card of the dataset and its citation file, both made from what the collection knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.hub import card
from cameo_assets.hub.licences import LICENSES, commercial_use, doi_url, licence_of
from cameo_assets.hub.plan import LicenceDecision
from cameo_assets.vocabulary import LANGUAGES

TITLE: Final = "CAMEO: Collection of Multilingual Emotional Speech Corpora"

_SIZES: Final = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_DOI: Final = re.compile(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+")
"""What CITATION.cff 1.2.0 takes for a DOI."""

_USE: Final = """\
## Use

```python
import io

import soundfile
from datasets import Audio, load_dataset

clips = load_dataset("<this folder or repo>", split="{split}").cast_column("audio", Audio(decode=False))
samples, rate = soundfile.read(io.BytesIO(clips[0]["audio"]["bytes"]))
```

Each corpus is a split of the default configuration. With `decode=False` the FLAC bytes come as they are;
without it `datasets` decodes them and needs `torchcodec`. The Parquet files can be read by path as well.
`metadata/all.jsonl` holds all rows without audio."""

_FIELDS: Final = """\
## Columns

| Column | Content |
| --- | --- |
| `file_id` | SHA-256 of the clip's name at its source, and `.flac` |
| `audio` | FLAC, 16 kHz, 16 bit, mono |
| `emotion` | label, one of those that its corpus has |
| `transcription` | what is said, or null |
| `speaker_id` | speaker within the corpus, or null |
| `gender` | `female`, `male`, `child` or `other`, or null |
| `age` | text, as some corpora give a range, or null |
| `dataset` | name of the corpus |
| `language` | English name of the language |
| `license` | licence of the row |

`metadata/utterances.parquet` says more of every row, by `file_id`, also where there is no audio. File names
of the publishers are not among it, as some of them name people.

| Column | Content |
| --- | --- |
| `corpus` | short name of the corpus |
| `group_id` | what stays together when resampling: the speaker, or the best known cluster of recordings |
| `orthography` | the transcription with its accents, where the publisher's lacks them; else null |
| `seconds` | duration |
| `pcm_md5` | MD5 of the decoded samples; equal ones are the same recording |
| `source_rate`, `source_channels` | sampling rate in Hz and number of channels at the publisher |
| `clipped_samples` | samples that had to be saturated when converted |
| `votes` | votes of raters by emotion, where the publisher gives them; else null |
| `flags` | known oddities |"""

_FOLDS: Final = """\
## Folds

`splits/splits.parquet` gives every row a fold of its corpus (`file_id`, `corpus`, `fold`, `basis`), for those
who train: no speaker is in two folds where speakers are known, the best known cluster stands in elsewhere, no
recording is in two folds, and emotions are spread evenly. [splits/README.md](splits/README.md) says for each
corpus what its folds guarantee and what not."""


def split_name(slug: str) -> str:
    """The split of a corpus; `datasets` takes letters, digits and `_` only.

    >>> split_name("my-corpus")
    'my_corpus'
    """
    return re.sub(r"[^a-z0-9_]", "_", slug)


def configs(corpora: Sequence[CorpusEntry], shards: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The configurations: all published corpora, and those for each kind of use, by splits.

    Args:
        corpora: The collection's.
        shards: Files of each published corpus by slug.

    Returns:
        As in the card; groups without corpora are left out.
    """
    groups = {
        "default": list(corpora),
        "commercial_use": [entry for entry in corpora if commercial_use(entry) is True],
        "non_commercial": [entry for entry in corpora if commercial_use(entry) is False],
    }
    found = []
    for name, members in groups.items():
        files = [
            {"split": split_name(entry.slug), "path": list(shards[entry.slug])}
            for entry in members
            if entry.slug in shards
        ]
        if files:
            first = {"default": True} if name == "default" else {}
            found.append({"config_name": name, **first, "data_files": files})
    return found


def readme(
    corpora: Sequence[CorpusEntry],
    decisions: Sequence[LicenceDecision],
    shards: Mapping[str, Sequence[str]],
) -> bytes:
    """The card.

    Args:
        corpora: The collection's.
        decisions: One for each of them.
        shards: Files of each published corpus by slug.
    """
    total = sum(entry.total for entry in corpora)
    samples = [entry.name for entry in corpora if entry.sample]
    found = configs(corpora, shards)
    front = {
        "pretty_name": "CAMEO" + (" (with spoken samples)" if samples else ""),
        "license": "other",
        "license_name": "mixed-per-corpus",
        "license_link": LICENSES,
        "language": sorted({LANGUAGES[entry.language] for entry in corpora if entry.language in LANGUAGES}),
        "task_categories": ["audio-classification"],
        "size_categories": [_size(total)],
        "tags": ["speech-emotion-recognition", *sorted({licence_of(entry).id for entry in corpora})],
        **({"configs": found} if found else {}),
    }
    seconds = sum(entry.seconds for entry in corpora)
    return card.card(
        front,
        "# CAMEO",
        card.banner(samples),
        f"{total:,} utterances of emotional speech, {_duration(seconds)}, from {_counted(corpora)} in the "
        "layout of CAMEO ([arXiv 2505.11051](https://arxiv.org/abs/2505.11051)), made from the publishers' "
        "files.",
        _corpora(corpora, decisions),
        _withheld(corpora, decisions),
        _USE.format(split=found[0]["data_files"][0]["split"]) if found else "",
        _groups(found),
        _FIELDS,
        _FOLDS,
        "## Licences and citation",
        f"Each corpus has its own licence: see [{LICENSES}]({LICENSES}) for what each allows and how its "
        "authors want to be cited. `CITATION.cff` names the paper of CAMEO and all corpora. "
        "`sha256sum -c checksums.sha256` checks the files.",
    )


def _corpora(corpora: Sequence[CorpusEntry], decisions: Sequence[LicenceDecision]) -> str:
    header = (
        "Corpus",
        "Language",
        "Utterances",
        "At the publisher",
        "Speakers",
        "Minutes",
        "Licence",
        "Audio",
    )
    rows = [
        (
            card.plain(entry.name) + (" (spoken sample)" if entry.sample else ""),
            card.plain(entry.language),
            f"{entry.total:,}",
            f"{sum(entry.published.values()):,}" if entry.published else "unknown",
            str(entry.speakers) if entry.speakers else "unknown",
            f"{entry.seconds / 60:,.1f}",
            card.plain(entry.licence),
            "yes" if decision.audio else "no",
        )
        for entry, decision in zip(corpora, decisions, strict=True)
    ]
    return card.table(header, rows)


def _withheld(corpora: Sequence[CorpusEntry], decisions: Sequence[LicenceDecision]) -> str:
    lines = [
        f"- {card.plain(entry.name)}: {card.plain(decision.reason)} See `recipes/{entry.slug}.jsonl`."
        for entry, decision in zip(corpora, decisions, strict=True)
        if entry.total and not decision.audio
    ]
    return "\n".join(["Published without audio:", "", *lines]) if lines else ""


def _groups(found: Sequence[Mapping[str, Any]]) -> str:
    meanings = {
        "commercial_use": "the corpora whose licence allows commercial use",
        "non_commercial": "the corpora whose licence forbids it",
    }
    lines = [
        f"- `{config['config_name']}`: {meanings[config['config_name']]}"
        for config in found
        if config["config_name"] in meanings
    ]
    return "\n".join(["Further configurations choose among the same files:", "", *lines]) if lines else ""


def citation(corpora: Sequence[CorpusEntry]) -> bytes:
    """`CITATION.cff`: the paper of CAMEO, and a reference for each corpus."""
    return card.yaml_text(
        {
            "cff-version": "1.2.0",
            "message": "Please cite CAMEO and every corpus that you use.",
            "title": TITLE,
            "type": "dataset",
            "authors": [
                {"family-names": "Christop", "given-names": "Iwona"},
                {"family-names": "Czajka", "given-names": "Maciej"},
            ],
            "identifiers": [{"type": "other", "value": "arXiv:2505.11051"}],
            "references": [_reference(entry) for entry in corpora],
        }
    ).encode()


def _reference(entry: CorpusEntry) -> dict[str, Any]:
    licence = licence_of(entry)
    doi = doi_url(entry.doi).removeprefix("https://doi.org/") if entry.doi else ""
    optional = {
        "doi": doi if _DOI.fullmatch(doi) else "",
        "url": entry.homepage,
        "license-url": licence.url,
        "notes": entry.citation,
    }
    return {
        "type": "data",
        "title": entry.name,
        # The collection knows a citation in one line, not its parts; the notes carry it whole.
        "authors": [{"name": f"Authors of {entry.name}"}],
        **{key: value for key, value in optional.items() if value},
    }


def _size(total: int) -> str:
    return next((name for limit, name in _SIZES if total < limit), "10M<n<100M")


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def _counted(corpora: Sequence[CorpusEntry]) -> str:
    return "1 corpus" if len(corpora) == 1 else f"{len(corpora)} corpora"
