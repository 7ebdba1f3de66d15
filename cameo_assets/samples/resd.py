"""A miniature RESD: two Parquet tables of recordings, with the publisher's columns and file names.

Seven dialogues, in which each emotion has two sides; the sentences are our own, since the corpus's were not
to be seen. Kept from the real corpus: blanks in the names up to dialogue 11, whose folder has the emotions in
another order; 16 and 44.1 kHz; dialogues that lie in both parts; turns within turns; a recording of less than
half a second. Added: one recording in both tables, and one without text.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

TRAIN: Final = "data/train-00000-of-00001-1f5fe73d1293189c.parquet"
TEST: Final = "data/test-00000-of-00001-a2b788d59856c4ae.parquet"
IN_BOTH: Final = "27_neutral_fear_f_020"
WITHOUT_TEXT: Final = "31_fear_enthusiasm_e_030"
SHORT: Final = "27_neutral_fear_n_010"

_ROWS_IN_GROUP: Final = 16
# Number, emotions of the two sides, rate in Hz, and the voices of the two sides.
_DIALOGUES: Final = (
    ("03", "disgust", "neutral", 16_000, Voice("ru+m1"), Voice("ru+f1")),
    ("11", "anger", "disgust", 16_000, Voice("ru+m3", pitch=-5), Voice("ru+f2", pitch=3)),
    ("21", "happiness", "anger", 44_100, Voice("ru+f3", pace=0.96), Voice("ru+m2")),
    ("27", "neutral", "fear", 44_100, Voice("ru+f5"), Voice("ru+m5", pitch=5)),
    ("31", "fear", "enthusiasm", 16_000, Voice("ru+m7"), Voice("ru+f1", pitch=5, pace=1.06)),
    ("45", "happiness", "sadness", 44_100, Voice("ru+f2", pitch=-4), Voice("ru+m1", pitch=-7)),
    ("50", "enthusiasm", "sadness", 44_100, Voice("ru+m4"), Voice("ru+f4", pitch=-3)),
)
_TURNS: Final = ("010", "020", "030", "052")
_SENTENCES: Final = (
    "Добрый вечер, вы меня слышите?",
    "Я вчера весь день ждал звонка.",
    "Подождите, давайте по порядку.",
    "Мы же договорились на пятницу.",
    "Расскажите, что случилось дальше.",
    "Ключи лежали на столе.",
    "Кажется, автобус уже ушёл.",
    "Хорошо, тогда до завтра.",
    "Вы сами это видели?",
    "Этот дом построили давно.",
    "Нет, такого я не говорил.",
)


def _stems() -> tuple[str, ...]:
    return tuple(
        f"{number}_{one}_{other}{' ' if number <= '11' else '_'}{emotion[0]}_{turn}"
        for number, one, other, *_ in _DIALOGUES
        for emotion in (one, other)
        for turn in _TURNS
    )


def _folder(number: str, one: str, other: str) -> str:
    if number == "11":
        return f"{number}_{other}_{one}"
    return f"{number}_{one}_{other}" if number < "11" else f"{one}_{other}_{number}"


def _row(stem: str) -> dict[str, Any]:
    number, one, other, rate, *voices = next(each for each in _DIALOGUES if stem.startswith(each[0]))
    side = 0 if stem[-5] == one[0] else 1
    emotion = (one, other)[side]
    # Neighbours have different sentences, and no sentence belongs to one emotion.
    text = "Да." if stem == SHORT else _SENTENCES[(SAMPLE.clips.index(stem) * 3) % len(_SENTENCES)]
    speech = resampled(say(text, voices[side], emotion, f"resd/{stem}"), rate)
    if stem == SHORT:
        speech = speech[: round(0.37 * rate)]
    return {
        "name": stem,
        "path": f"{_folder(number, one, other)}/{stem}.wav",
        "speech": {"bytes": wav(speech, rate), "path": f"{stem}.wav"},
        "text": "" if stem == WITHOUT_TEXT else text,
        "emotion": emotion,
    }


def _parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    """A table as the `datasets` library writes it, but not compressed: that depends on versions of zlib."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = {"dtype": "string", "_type": "Value"}
    features = {"name": text, "path": text, "speech": {"_type": "Audio"}, "text": text, "emotion": text}
    speech = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema(
        [(column, speech if column == "speech" else pa.string()) for column in features],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    sink = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(list(rows), schema), sink, row_group_size=_ROWS_IN_GROUP, compression="none"
    )
    return sink.getvalue()


def _write(folder: Path, done: Callable[[str], None]) -> None:
    rows = {}
    for stem in SAMPLE.clips:
        rows[stem] = _row(stem)
        done(stem)
    # Every fourth goes into the test part, so that both parts have all dialogues.
    test = [row for number, row in enumerate(rows.values()) if number % 4 == 3]
    train = [row for number, row in enumerate(rows.values()) if number % 4 != 3]
    (folder / "data").mkdir()
    (folder / TRAIN).write_bytes(_parquet(train))
    (folder / TEST).write_bytes(_parquet([*test, rows[IN_BOTH]]))


SAMPLE: Final = Sample(slug="resd", name="RESD", clips=_stems(), write=_write)
