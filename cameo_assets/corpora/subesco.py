"""SUBESCO, the SUST Bangla Emotional Speech Corpus (Bengali).

Origin: Zenodo record 4526477 (version 1.1), one zip of 7,000 WAV files without a side table. Licence: CC BY
4.0; a copy on Kaggle claims a non-commercial one, which is its uploader's. A name is gender, number, first
name, sentence, emotion and take: 20 speakers by 10 sentences by 7 emotions by 5 takes, complete. The
sentences stand in the paper alone (PLOS ONE 2021, 10.1371/journal.pone.0250173). Ages are not published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput

LABELS = {
    "ANGRY": "anger",
    "DISGUST": "disgust",
    "FEAR": "fear",
    "HAPPY": "happiness",
    "NEUTRAL": "neutral",
    "SAD": "sadness",
    "SURPRISE": "surprise",
}
# In Unicode's NFC, which leaves the letters with a dot below in two pieces. Public readings of the paper's
# table differ in the word breaks of 3 and in the second word of 4.
SENTENCES = {
    "1": "মৌমাছির চাক দেখে কুকুরটি ঘেউঘেউ করছে",
    "2": "তুমি সব উলটপালট করে দিয়েছ",
    "3": "সে কোন কিছু না বলেই চলে গেছে",
    "4": "তোমাকে এখনি আমার সাথে যেতে হবে",
    "5": "তোমার কাজটা করা ঠিক হয়নি",
    "6": "ইঁদুর ছানাটা হারিয়ে গেল",
    "7": "এখন প্রশ্ন করা যাবে না",
    "8": "দরজার বাইরে কুকুরটি দাঁড়িয়ে আছে",
    "9": "একদিন পরেই তার বিয়ে",
    "10": "ডাকাতেরা ঢাল তলোয়ার নিয়ে এল",
}
# First names of real people: they prove a file's name and go into no column of their own.
SPEAKERS = {
    "F_01": "OISHI",
    "F_02": "MONIKA",
    "F_03": "SMITA",
    "F_04": "SWARNALI",
    "F_05": "MOUNI",
    "F_06": "SIMI",
    "F_07": "TITHI",
    "F_08": "JOYEETA",
    "F_09": "CHAITY",
    "F_10": "FAHMEE",
    "M_01": "BASHIR",
    "M_02": "NIPUN",
    "M_03": "ILIAS",
    "M_04": "BIBHAS",
    "M_05": "DURANTO",
    "M_06": "SHUKANTO",
    "M_07": "SIBLY",
    "M_08": "PRASUN",
    "M_09": "SHUMANTA",
    "M_10": "EVAN",
}
NAME = re.compile(
    rf"(?P<speaker>[FM]_(?:0[1-9]|10))_(?P<name>[A-Z]+)_S_(?P<sentence>[1-9]|10)"
    rf"_(?P<emotion>{'|'.join(LABELS)})_(?P<take>[1-5])"
)
GRAMMAR = "G_NN_NAME_S_K_EMOTION_T.wav, such as F_01_OISHI_S_10_ANGRY_1.wav"
MISNAMED = "F_02_MONIKA_S_2_SURPRISE_3]"
"""Published with the bracket, which is a part of CAMEO's id; without it, it is the same clip, repaired."""
REPAIRED = MISNAMED.removesuffix("]")


def find(source: Source, _tables: None) -> Iterator[Clip | BadInput]:
    """Yields every recording whose name is one of the grid's, or the one that is known to be misnamed."""
    for member in source.members:
        if member.suffix != ".wav":
            continue
        name = NAME.fullmatch(REPAIRED if member.stem == MISNAMED else member.stem)
        if name is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
        elif name["name"] != SPEAKERS[name["speaker"]]:
            seen = f"{name['name']} as {name['speaker']}"
            yield BadInput(member.path, "name_disagrees", seen, SPEAKERS[name["speaker"]])
        else:
            source_name = MISNAMED if name[0] == REPAIRED else name[0]
            yield Clip(name=source_name, path=member.path, version=member.version)


def describe(clip: Clip, _tables: None) -> Description:
    """Reads all that is known from the name; a speaker is known by gender and number."""
    name = NAME.fullmatch(REPAIRED if clip.name == MISNAMED else clip.name)
    assert name is not None  # find lets nothing else through
    return Description(
        emotion=LABELS[name["emotion"]],
        transcription=SENTENCES[name["sentence"]],
        speaker=name["speaker"],
        gender="female" if name["speaker"].startswith("F") else "male",
        flags=("odd_name_at_source",) if clip.name == MISNAMED else (),
    )


SPEC = CorpusSpec(
    slug="subesco",
    name="SUBESCO",
    language="Bengali",
    licence="CC BY 4.0",
    citation=(
        "Sultana, Rahman, Selim and Iqbal (2021), SUST Bangla Emotional Speech Corpus (SUBESCO): An "
        "audio-only emotional speech corpus for Bangla, PLoS ONE 16(4): e0250173"
    ),
    homepage="https://zenodo.org/records/4526477",
    doi="10.5281/zenodo.4526477",
    labels=LABELS,
    find=find,
    describe=describe,
    archives=(
        Archive(
            name="SUBESCO.zip",
            url="https://zenodo.org/records/4526477/files/SUBESCO.zip",
            size=1_664_512_929,
            md5="13d702cf944bf54d70d66bffc036ed7a",
            sha256="7505111bc864193d1906c05f83ca50d950250c65b62ae9b1740dee44f5cdb113",
        ),
    ),
    obtain="SUBESCO.zip of Zenodo record 4526477, as it is or unpacked",
    counts=dict.fromkeys(sorted(LABELS.values()), 1000),
    speakers=20,
    sentences=10,
    attribution=(
        "SUBESCO, the SUST Bangla Emotional Speech Corpus, by S. Sultana, M. S. Rahman, M. R. Selim and "
        "M. Z. Iqbal (doi.org/10.5281/zenodo.4526477), CC BY 4.0"
    ),
    defects=(
        "One file is called F_02_MONIKA_S_2_SURPRISE_3].wav; CAMEO's id goes with the bracket.",
        "4,555 files have 44.1 kHz and 2,445 have 48 kHz, four speakers (F_09, M_07, M_08, M_09) both.",
        "F_01_OISHI_S_10_ANGRY_1 is stereo with a right channel that is all but silent, so that the mean of "
        "the two is 6 dB quieter than the left; by the size of the archive, other files are stereo too.",
        "The sentences are not in the archive; the word breaks of 3 and the second word of 4 are uncertain.",
        "A Kaggle copy claims CC BY-NC-SA 4.0, against its publisher.",
    ),
)
