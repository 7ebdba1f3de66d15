"""All thirteen corpora as their publishers lay them out, with every name and table, and without sound.

The names are spelled from what is known of the publications, a second time beside the corpus files, so that
each can catch the other's mistake; only the facts about CREMA-D's actors are taken from there. Texts that are
free are filled with one sentence.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import tarfile
from collections.abc import Callable, Iterator

from cameo_assets.corpora.crema_d import ACTORS
from cameo_assets.samples.rar import rar
from cameo_assets_tests.corpora.making import (
    Files,
    crema_d_stems,
    nemo_row,
    nemo_table,
    ravdess_names,
    soundless,
    zipped,
)

CAMEO_TOTAL = 41_265

_MESD_WORDS = (
    "abajo adios antes arriba ayer basta_ya de_nada delante dentro derecha detras fuera gracias hola hoy "
    "izquierda lento no nunca por_favor pronto rapido si tarde"
)
_SUBESCO_WOMEN = "OISHI MONIKA SMITA SWARNALI MOUNI SIMI TITHI JOYEETA CHAITY FAHMEE"
_SUBESCO_MEN = "BASHIR NIPUN ILIAS BIBHAS DURANTO SHUKANTO SIBLY PRASUN SHUMANTA EVAN"


def cafe() -> Files:
    """Twelve actors, six sentences, each emotion weak and strong, neutral once."""
    folders = {
        "C": "Colère",
        "D": "Dégoût",
        "J": "Joie",
        "N": "Neutre",
        "P": "Peur",
        "S": "Surprise",
        "T": "Tristesse",
    }
    return {
        "CaFE_48k.zip": zipped(
            soundless(
                f"{folders[letter]}/{'' if letter == 'N' else level + '/'}"
                f"{actor:02d}-{letter}-{1 + (level == 'Fort')}-{sentence}.wav"
                for actor, letter, level, sentence in itertools.product(
                    range(1, 13), folders, ("Faible", "Fort"), range(1, 7)
                )
                if (letter, level) != ("N", "Fort")
            )
        )
    }


def crema_d() -> Files:
    stems = crema_d_stems()
    actors = (fact.split(":") for fact in ACTORS.split())
    sexes = {"M": "Male", "F": "Female"}
    people = [f'{n},{fact[1:]},"{sexes[fact[0]]}","Unknown","Not Hispanic"' for n, fact in actors]
    votes = [f'"{n}","{stem}","N","69.1","N","92.22","N","64.78"' for n, stem in enumerate(stems, start=1)]
    columns = ("VoiceVote", "VoiceLevel", "FaceVote", "FaceLevel", "MultiModalVote", "MultiModalLevel")
    return {
        **{f"CREMA-D/AudioWAV/{stem}.wav": _SOUND for stem in stems},
        "CREMA-D/SentenceFilenames.csv": _text(
            '"Stimulus_Number","Filename"', *(f'{n},"{stem}"' for n, stem in enumerate(stems, start=1))
        ),
        "CREMA-D/VideoDemographics.csv": _text('"ActorID","Age","Sex","Race","Ethnicity"', *people),
        "CREMA-D/processedResults/summaryTable.csv": _text(
            ",".join(f'"{name}"' for name in ("", "FileName", *columns)), *votes
        ),
    }


def emns() -> Files:
    """1,205 rows; the raw archive has all of them, under random names and one without any."""
    counts = {
        "Angry": 133,
        "Disgust": 165,
        "Excited": 155,
        "Happy": 158,
        "Neutral": 149,
        "Sad": 150,
        "Sarcastic": 142,
        "Surprised": 153,
    }
    header = "id|utterance|description|emotion|date_created|status|gender|age|level|audio_recording|user_id"
    names = ["recorded_audio", *(f"recorded_audio_{_hex(f'emns{n}')[:7]}" for n in range(1, 1205))]
    labels = [label for label, number in counts.items() for _ in range(number)]
    rows = [
        f'{n}|"She said ""no"" {n} times — and left."|a template|{label}|2022-01-01|'
        f"{'Needs Updating' if n % 50 == 0 else 'Complete'}|Female|20s|{n % 11}|wavs/{name}.webm|3"
        for n, (label, name) in enumerate(zip(labels, names, strict=True), start=1)
    ]
    return {
        "metadata.csv": _text(header, *rows),
        "raw_webm.tar.xz": _tar_xz(f"raw_webm/{name}.webm" for name in names),
    }


def emozionalmente() -> Files:
    """431 of 938 users act; each recording has five evaluations."""
    labels = ("anger", "disgust", "fear", "joy", "neutrality", "sadness", "surprise")
    users = [_hex(f"user{n}") for n in range(938)]
    names = [f"{1_612_000_000_000 + 7_919 * n}.wav" for n in range(7 * 986)]
    samples = [
        f"{name},E’ una notte stellata,italian,{users[n % 431]},{labels[n % 7]}"
        for n, name in enumerate(names)
    ]
    evaluations = [
        f"{name},{users[(n + 5 * rater) % 938]},good,{labels[(n + rater // 4) % 7]}"
        for n, name in enumerate(names)
        for rater in range(5)
    ]
    people = (f"{user},{('female', 'male')[n % 2]},{20 + n % 50},italian" for n, user in enumerate(users))
    top = "emozionalmente_dataset"
    return {
        "emozionalmente_dataset.zip": zipped(
            {
                **soundless(f"{top}/audio/{name}" for name in names),
                f"{top}/metadata/samples.csv": _text(
                    "file_name,sentence,sentence_language,actor,emotion_expressed", *samples
                ),
                f"{top}/metadata/users.csv": _text("username,gender,age,mother_tongue", *people),
                f"{top}/metadata/evaluations.csv": _text(
                    "file_name,evaluator,audio_quality,emotion_recognized", *evaluations
                ),
            }
        )
    }


def enterface() -> Files:
    """44 subjects with all that is irregular about them."""
    emotions = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
    top = "enterface database"
    paths = [f"{top}/subject 6/{emotion}/s6_{emotion[:2]}.avi" for emotion in emotions]
    for subject, emotion, sentence in itertools.product(range(1, 45), emotions, range(1, 6)):
        if subject == 6 or ((subject, emotion) == (23, "happiness") and sentence < 4):
            continue
        code, named = emotion[:2], sentence
        prefix = "s12" if subject == 11 else f"s{subject}"
        if subject == 3 and (emotion, sentence) >= ("fear", 5):
            prefix = "s_3"
        if (subject, emotion) == (2, "anger") and sentence < 3:
            named = 3 - sentence
        name = f"{prefix}_{code}_{named}"
        if (subject, emotion, sentence) == (16, "surprise", 3):
            name = "s16_su_3avi"
        paths.append(f"{top}/subject {subject}/{emotion}/sentence {sentence}/{name}.avi")
    return {"project2_database.zip": zipped(soundless(paths))}


def jl_corpus() -> Files:
    """Four speakers, ten emotions, fifteen sentences, two sessions, two takes; a text beside each."""
    emotions = (
        *("angry", "sad", "neutral", "happy", "excited"),
        *("anxious", "apologetic", "assertive", "concerned", "encouraging"),
    )
    grid = itertools.product(
        ("male1", "male2", "female1", "female2"), emotions, range(1, 16), ("a", "b"), (1, 2)
    )
    stems = [
        f"Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/{who}_{label}_{n}{session}_{take}"
        for who, label, n, session, take in grid
    ]
    texts = {f"{stem}.txt": b"Tom beats that farmer.\n" for stem in stems}
    return {**soundless(f"{stem}.wav" for stem in stems), **texts}


def mesd() -> Files:
    """Six emotions, three voices, two corpora of 24 words; two recordings are missing and two are odd."""
    emotions = ("Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness")
    stems = [
        f"{emotion}_{voice}_{corpus}_{word}"
        for emotion, voice in itertools.product(emotions, "FMC")
        for corpus, words in (
            ("A", _MESD_WORDS.split()),
            ("B", [f"palabra{letter}" for letter in "abcdefghijklmnopqrstuvwx"]),
        )
        for word in words
    ]
    odd = {
        "Happiness_C_A_lento": "Happiness_C_A_lento_dentro",
        "Sadness_M_A_fuera": "Sadness_M_A_afuera",
    }
    missing = {"Anger_C_A_hoy", "Neutral_C_A_tarde"}
    folder = "cy34mh68j9-5/Mexican Emotional Speech Database (MESD)"
    return soundless(f"{folder}/{odd.get(stem, stem)}.wav" for stem in stems if stem not in missing)


def nemo() -> Files:
    """Nine speakers by six emotions by ninety sentences, with the gaps of the publication."""
    gaps = {"EB0_fear_1", "SM0_happiness_1", "SM0_neutral_1", "TP0_surprised_1", "WR0_surprised_1"}
    last = {"neutral": 90, "sadness": 49, "surprised": 41, "happiness": 30, "anger": 29, "fear": 17}
    stems = [
        f"{speaker}_{label}_{sentence}"
        for speaker in ("EB0", "IC0", "KD0", "KS0", "MK0", "MP0", "SM0", "TP0", "WR0")
        for label, number in last.items()
        for sentence in range(1, (number if speaker == "MP0" else 90) + 1)
        if (speaker, label) != ("MK0", "surprised")
    ]
    stems = [stem for stem in stems if stem not in gaps]
    return {
        **soundless(f"samples/{stem}.wav" for stem in stems),
        "data.tsv": nemo_table(*map(nemo_row, stems)),
    }


def oreau() -> Files:
    """32 speakers say two sentences for each emotion, two of them six; a few more and less as published."""
    women = {10, 11, 13, 21, 24, 37, 42}
    men = {*range(7, 43)} - women - {15, 17, 34, 35}
    letters = "CDJNPST"
    stems = {
        f"{speaker:02d}a{code:02d}{letter}a"
        for speaker, letter in itertools.product(women | men, letters)
        for code in range(1, 7 if speaker in (7, 11) else 3)
    }
    stems |= {"25a05Ca"}
    stems -= {"08a02Da", "21a02Pa", "41a02Na"}
    return {
        "OréauFR_01.rar": rar(
            soundless(
                f"OréauFR_01/{'f' if int(stem[:2]) in women else 'm'}/sess{stem[5].lower()}/{stem}.wav"
                for stem in sorted(stems)
            )
        )
    }


def pavoque() -> Files:
    """Five lists of the published length, with phones, and FLACs whose headers claim what the lists need."""
    counts = {"angry": 601, "happy": 584, "neutral": 3126, "poker": 575, "sad": 556}
    files = {}
    for style, number in counts.items():
        files[f"pavoque-{style}.yaml"] = "".join(_pavoque_item(style, n) for n in range(number)).encode()
        files[f"pavoque-{style}.flac"] = _flac_header(seconds=5 * number)
    return files


def _pavoque_item(style: str, number: int) -> str:
    head = (
        f"- prompt: m{number:04d}\n  text: 'Der Zug hält nicht, sagte er: {number}.'\n  style: {style}\n"
        f"  start: {5.0 * number}\n  end: {5.0 * number + 5}\n  segments:\n"
    )
    return head + "".join(f"  - {{lab: 'a:', end: {0.125 * (place + 1):.6f}}}\n" for place in range(36))


def _flac_header(seconds: int, rate: int = 44_100) -> bytes:
    """The marker and STREAMINFO of a mono FLAC of 16 bit (RFC 9639), without any frame."""
    packed = rate << 44 | 0 << 41 | 15 << 36 | seconds * rate
    info = (4096).to_bytes(2) * 2 + bytes(6) + packed.to_bytes(8) + bytes(16)
    return b"fLaC" + bytes([0x80, 0, 0, len(info)]) + info


def ravdess() -> Files:
    return {"Audio_Speech_Actors_01-24.zip": zipped(soundless(ravdess_names()))}


def resd() -> Files:
    """Fifty dialogues of two emotions; blanks in the first eleven."""
    counts = {
        "anger": 219,
        "disgust": 185,
        "enthusiasm": 198,
        "fear": 223,
        "happiness": 218,
        "neutral": 191,
        "sadness": 162,
    }
    pairs = list(itertools.islice(itertools.cycle(itertools.permutations(counts, 2)), 50))
    rows = []
    for emotion, number in counts.items():
        having = [place for place, pair in enumerate(pairs, start=1) if emotion in pair]
        for count in range(number):
            turn, place = divmod(count, len(having))
            dialogue = having[place]
            pair = "_".join(pairs[dialogue - 1])
            name = f"{dialogue:02d}_{pair}{' ' if dialogue < 12 else '_'}{emotion[0]}_{10 * turn:03d}"
            folder = f"{dialogue:02d}_{pair}" if dialogue < 12 else f"{pair}_{dialogue:02d}"
            rows.append((name, f"{folder}/{name}.wav", emotion))
    return {
        "data/train-00000-of-00001-1f5fe73d1293189c.parquet": _parquet(rows[:1116]),
        "data/test-00000-of-00001-a2b788d59856c4ae.parquet": _parquet(rows[1116:]),
    }


def _parquet(rows: list[tuple[str, str, str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    speech = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    columns = {
        "name": pa.array([name for name, _, _ in rows]),
        "path": pa.array([path for _, path, _ in rows]),
        "speech": pa.array([{"bytes": b"RIFF", "path": f"{name}.wav"} for name, _, _ in rows], speech),
        "text": pa.array(["я сегодня рано встал"] * len(rows)),
        "emotion": pa.array([emotion for _, _, emotion in rows]),
    }
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def subesco() -> Files:
    """Twenty speakers, ten sentences, seven emotions, five takes; one name has a stray bracket."""
    labels = ("ANGRY", "DISGUST", "FEAR", "HAPPY", "NEUTRAL", "SAD", "SURPRISE")
    people = [
        f"{sex}_{n:02d}_{name}"
        for sex, names in (("F", _SUBESCO_WOMEN), ("M", _SUBESCO_MEN))
        for n, name in enumerate(names.split(), start=1)
    ]
    stems = [
        f"{who}_S_{sentence}_{label}_{take}"
        for who, sentence, label, take in itertools.product(people, range(1, 11), labels, range(1, 6))
    ]
    odd = "F_02_MONIKA_S_2_SURPRISE_3"
    return {
        "SUBESCO.zip": zipped(soundless(f"SUBESCO/{stem}{']' if stem == odd else ''}.wav" for stem in stems))
    }


TREES: dict[str, Callable[[], Files]] = {
    "cafe": cafe,
    "crema_d": crema_d,
    "emns": emns,
    "emozionalmente": emozionalmente,
    "enterface": enterface,
    "jl_corpus": jl_corpus,
    "mesd": mesd,
    "nemo": nemo,
    "oreau": oreau,
    "pavoque": pavoque,
    "ravdess": ravdess,
    "resd": resd,
    "subesco": subesco,
}
"""Files by slug, in the publishers' containers."""

_SOUND = b"RIFF".ljust(512, b"\0")
"""What is large enough not to be taken for a Git LFS pointer."""


def _text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tar_xz(paths: Iterator[str]) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:xz") as archive:
        for path in paths:
            archive.addfile(tarfile.TarInfo(path), io.BytesIO())
    return sink.getvalue()
