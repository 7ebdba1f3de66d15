"""Ids, emotions and counts as others publish them, against what the corpus files make of publishers' names.

PolEval 2025 published CAMEO's ids for its task of speech emotion recognition: GitHub
poleval/2025-speech-emotion, `in.tsv` in `train` and `dev`, with one `<split>` tab `<file_id>` a line, and the
emotions of the same lines in `expected.tsv`. These lists hold every utterance of six emotions: `dev` is nEMO,
and `train` is the other twelve splits in alphabetical order. The ids below are copied from there; which name
belongs to which id was found by hashing names.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from cameo_assets.corpora.listing import Listing
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import Utterance
from cameo_assets_tests.corpora.making import Files, listing, nemo_row, nemo_table, real, soundless
from cameo_assets_tests.corpora.trees import pavoque

Row = tuple[str, str, str]
"""An id without `.flac`, its emotion, and the publisher's name of the recording, without extension."""

PUBLISHED = {
    "cafe": """
        e9d4b7b83bd1f6825dabca3fc51acd62099b3ab70bd86f702495917b9a6541a9 anger 01-C-1-1
        23fd11dd0cb809b543ab53a841eb2f5868a772cb2b3a94bd81e60a4ed9840bbf anger 01-C-2-1
        d4d3f0d54d97936f9285db4d073329a982697ac61ac145ae1e0026eaad7448e1 anger 01-C-1-2
        f5396dff182c5129b14efe2c2ac26c43cca6afaa5b5708af46660c6e3d1ee6df fear 01-P-1-1
        613cb075d03130501a3b1a8888f32d84009a326e380b725c5af4efe80630a382 neutral 01-N-1-1
        39afa8ba9fba0d9a5c2733fb9afd2f7911b8e6e507c09f2e701284d5d2fdcb2c surprise 01-S-1-1
    """,
    "crema_d": """
        3ca695d9bc369b82571ed75d367bad2ce33c3d06f8b1acb7bada4744aa9546ac anger 1001_DFA_ANG_XX
        5e901e84abbd273ebd55bb4d97a89f1245500dbb779ea0d6eb3dc8f39dc09e9b fear 1001_IEO_FEA_HI
        f26e75d8b3503b698c3a274322fef57d16ce2b3a141473d4d8ca4e062be79f2d happiness 1001_IEO_HAP_HI
        665694349c3a93fcd37ae8fb82f9343a0b39550b5a98312197d1a28211fa6bf6 neutral 1001_DFA_NEU_XX
        060ce1879ed1fe55b6ed78254e2df98567e81bc8d85b0d3484ee7fbcc3184e62 sadness 1001_IEO_SAD_LO
        1d937d16eb7dbe24f685b1a11897f66af5bfe328db1e382f0709676feab78866 sadness 1006_WSI_SAD_XX
    """,
    # Of EMNS one name alone is no random one.
    "emns": """
        4b850ecfcefcd623acc018ba0f8c614213f80641a7b574f8e0e24dd82dde78d6 neutral recorded_audio
    """,
    "emozionalmente": """
        51ecac1e1865bd02482d46ea6d0825da92b4970e963a27d85f028d6ff7f93368 surprise 1615239203008
        ad211cc07fe6fc287fc5b7f9710405c3f6d7ea82c79eac9afab0021459ce810c surprise 1615228349855
        4190c0da35b966a21d861f61373723a13ca5a3d5928302e4b5616a2c9c613861 surprise 1613310701161
        018b7b71cf35566693fe57cd7e5983d01db13cdbb881990fee4dae6732289624 surprise 1613646342154
    """,
    "enterface": """
        aacb1912ffd79b6c3a35da2f2a2ca97cd6533bc106c3ac4562f5ac05200addb4 happiness s1_ha_1
        906cb076f1f2172aea67c8ea83fad8274b524775b0619dc0e102999a079dcfb0 anger s1_an_2
        a04caef2cd75b246e028afce7b73b907883eef2050f9f95aab76ead715f40362 sadness s1_sa_1
        e2624223a637b06c5db07dd0bd8beddf49bfbdad6eea9e3d1571c3b7f5440864 fear s1_fe_1
        3177782831c923db7119386c580f57e84f2f0396d242e63a4c2efa896a80b7eb surprise s1_su_1
    """,
    "jl_corpus": """
        68812773e554694c9b07bd2d3ab685a822915e5433acba5a76cf5198cf0e1295 neutral male2_neutral_2b_1
        7791f14391fd80a93c37e9d40dfcc62ac01e5795871bc21694c5610698306867 anger female2_angry_1b_2
        5e89280be888d54a574ef4d0f8442cbdc6d4b9d42b77b2e81b08343bbcab6e62 happiness female1_happy_3b_1
        1eafd4be25c66981ccb156bdf01810ce7573303e2b06844a3237e56dd03f37fa anger male1_angry_13a_1
    """,
    "mesd": """
        8c4380595010ba9cd3a120d0dcb486dff5ee7ac32a14b2811be5f8bf794cbcfb anger Anger_F_A_por_favor
        1be6baae5371aca9fc7f5bf517cdf209fee53262c98ee79ffaf5739b40c9c74a anger Anger_C_B_danino
        dc0808c9d320eb12a512c1a159ef6343388e8a42232d95ca19325bcc4765d70f fear Fear_C_B_cirugia
        a5b2927f87e71747061cd73a71bd3fed2bcc11ae9a6d029a0fd1a13d20506d23 happiness Happiness_C_A_dentro
        9fabf7d68eabdb076c2425c67c9ded7e0eb8ca61fec5838858cc8722b8865d36 sadness Sadness_F_B_explosion
    """,
    "nemo": """
        cc760665574e9a44cb0ce4aaff309b290adfc2b8f7e5aaf6e63efb3d675b17c1 surprise WR0_surprised_64
        8446dda391767693caaa28aed5d613c0f8323f84f5b090f8c3458af2f19572bc neutral EB0_neutral_13
        750d573706680928adc2a2181db48269b6fce8592eab23f010956c6df9bc94ed sadness MP0_sadness_79
        1b46152a91ac851b57451d3c04be07a3c0fbbe2581394d3e7f52d2b16f51bb73 happiness WR0_happiness_86
        9a48c4be83082dd683643f6160564534e04fccbe1f897bf731427865177df9c4 fear EB0_fear_35
        6f846e19c0bf8faf2e8776e4a135d98dab70fcf1e1b23f2cbbe5411cf83c78bf anger MK0_anger_8
    """,
    "oreau": """
        dfbeb046fc5df47f24e7a9119f6a95b5f56fbc055b714b4b289b116f7b016e68 fear 28a05Pa
        4e8025c6759a349ccb3a12b8275034e6e8c0e498753f25ba478d419de934f518 fear 30a12Pa
        67fe78138d02386c0056436c2589a4d9819c5370ea2acb511b64a65cf1648c83 fear 19a09Pa
        c033c1c3762ce4ea6d6802036d08a274c7d3ccf6c473b02e96674aaece4cb624 fear 07a02Pa
    """,
    "pavoque": """
        fad49d44981830a1cac5dce19929be1313a1d9c50e3423503343da597ed1fb64 anger pavoque-angry-0
        e93a449e3c4038f80fde8390830dad3ddaaa77414bca9f7b413e12972854b545 anger pavoque-angry-1
        50db40784e258ba7659031dc60849d0dcb667826aa9dcb487fb58735bd75b315 anger pavoque-angry-9
        a7c5fad33f296b258340ac079b16ad88922c01dc83e283394136cdaf55016a05 anger pavoque-angry-10
    """,
    "ravdess": """
        574ab1824ffd95153f68f172ef6f3add821036d2ca9c24b32984596e59fcb762 surprise 03-01-08-01-01-01-06
        c6c8c666dec7af5b1961ec708c5c643b6263fc41481a90947dc59cd50ada6371 surprise 03-01-08-01-01-02-06
        ef3fdc5696917d30ecf7da60ad704c8c7cac26efd8a471b290ed7734ba77ba54 surprise 03-01-08-01-02-01-06
        27ed5e1e51382110d19eb5c965441ea98912d71364f8efdd8403cbca67c250ee surprise 03-01-08-02-02-02-06
    """,
    "resd": """
        b168eaecbb0a4f8a4462b7f2b0bc03bc9f7b879f5291c3cb5cda67f54f9a64da neutral 03_disgust_neutral n_050
        c998d6d22b65f404a089001b484a12f4016608d9aaa7ae1063f3bb8a5c9701e1 neutral 09_neutral_happiness n_010
        44d4cdce37ea714f51fdfed84e642b3bbfab58cfff940e084a10c68dd8ce00db sadness 16_sadness_disgust_s_011
        9816c4cf667e907f2743b9335a3c75fa97f87ed85997dfaf8b863849ed684c90 happiness 45_happiness_sadness_h_100
        bdc7f1a672919ecedf40aca6a5ba28c7e51bc09f047363bb50df7c405ef0ffae anger 39_sadness_anger_a_040
        1289c89a3f586ec65802ba637f2a838e59e8e2d4ba90aa97e06bad7f515c826e fear 40_enthusiasm_fear_f_070
    """,
    "subesco": """
        4e8bb1e1549ca0ea37289ea0e681e5b9478b4cb68cbf6ac93ef089e69717c532 sadness F_02_MONIKA_S_9_SAD_3
        2197d0454c1d7396f611dadee1657f003c0f63b37716609cae3642dd59768ca9 sadness F_02_MONIKA_S_9_SAD_5
        2708439164d9249e9386c6f19812ec1d2aa16f91314f3a9bf8319b960158d280 surprise F_02_MONIKA_S_9_SURPRISE_1
        3f21e77d9f4ecdd06c3ff703162b699974bebd723b0d2793fe2a66e2a7c68a26 surprise F_02_MONIKA_S_9_SURPRISE_5
    """,
}
"""Rows by split; where all have one emotion, they are the first or last of a split that is in order."""

PLACES = {
    "cafe": "{}.wav",
    "crema_d": "AudioWAV/{}.wav",
    "emns": "raw_webm/{}.webm",
    "emozionalmente": "audio/{}.wav",
    "jl_corpus": "JL(wav+txt)/{}.wav",
    "mesd": "Mexican Emotional Speech Database (MESD)/{}.wav",
    "nemo": "samples/{}.wav",
    "oreau": "OréauFR_01/{}.wav",
    "ravdess": "{}.wav",
    "resd": "train/{}.wav",
    "subesco": "SUBESCO/{}.wav",
}


def rows_of(split: str) -> list[Row]:
    rows = []
    for line in PUBLISHED[split].strip().splitlines():
        digits, emotion, name = line.split(maxsplit=2)
        rows.append((digits, emotion, name))
    return rows


def copy_of(split: str) -> Files:
    """The smallest copy of a corpus that has the recordings of the table, and all that describes them."""
    rows = rows_of(split)
    if split == "pavoque":  # an id is a place in a list, so that the list has to start at its start
        return {path: data for path, data in pavoque().items() if path.startswith("pavoque-angry.")}
    if split == "enterface":
        return soundless(f"subject 1/{emotion}/sentence {name[-1]}/{name}.avi" for _, emotion, name in rows)
    return {**soundless(PLACES[split].format(name) for _, _, name in rows), **tables_of(split, rows)}


def tables_of(split: str, rows: list[Row]) -> Files:
    """The side tables that no name replaces; of EMNS and Emozionalmente they say the emotion as published."""
    if split == "nemo":
        return {"data.tsv": nemo_table(*(nemo_row(name) for _, _, name in rows))}
    if split == "emns":
        columns = (
            "id|utterance|description|emotion|date_created|status|gender|age|level|audio_recording|user_id"
        )
        lines = [
            f"1|Well.|a template|{word.capitalize()}|2022-01-01|Complete|Female|20s|8|wavs/{name}.webm|3"
            for _, word, name in rows
        ]
        return {"metadata.csv": "\n".join([columns, *lines, ""]).encode()}
    if split == "emozionalmente":
        actor, columns = "a" * 64, "file_name,sentence,sentence_language,actor,emotion_expressed"
        lines = [f"{name}.wav,Vado in biblioteca,italian,{actor},{word}" for _, word, name in rows]
        users = f"username,gender,age,mother_tongue\n{actor},female,34,italian\n"
        return {"samples.csv": "\n".join([columns, *lines, ""]).encode(), "users.csv": users.encode()}
    return {}


def facts(found: Listing) -> set[Row]:
    return {(u.file_id.removesuffix(".flac"), u.emotion, _publishers_name(u)) for u in found.utterances}


def _publishers_name(utterance: Utterance) -> str:
    # A part of a longer file has no name but ours.
    return utterance.source_name if utterance.span else PurePosixPath(utterance.source_path).stem


@pytest.mark.parametrize("split", PUBLISHED)
def test_a_published_id_is_the_one_of_its_recording(split: str, tmp_path: Path) -> None:
    found = listing(known()[split], tmp_path, copy_of(split))
    assert set(rows_of(split)) - facts(found) == set()


def test_emozionalmentes_own_tables_have_the_published_emotions(tmp_path: Path) -> None:
    folder = real("emozionalmente", "emozionalmente_dataset", "metadata")
    tables = {f"metadata/{path.name}": path.read_bytes() for path in folder.iterdir()}
    recordings = soundless(f"audio/{name}.wav" for _, _, name in rows_of("emozionalmente"))
    found = listing(known()["emozionalmente"], tmp_path, {**tables, **recordings})
    assert facts(found) == set(rows_of("emozionalmente"))


# The lists as a whole.

SIX = ("anger", "fear", "happiness", "neutral", "sadness", "surprise")
STARTS = {
    "emns": (540_738, 51_603),
    "enterface": (1_099_323, 103_106),
    "mesd": (1_259_883, 118_736),
    "pavoque": (1_346_489, 127_355),
    "resd": (1_808_483, 174_321),
}
"""The character at which a split starts in `train/in.tsv`, and in `train/expected.tsv`."""


def characters(*splits: str) -> tuple[int, int]:
    """Characters of the ids and of the emotions of these splits, by the numbers that CAMEO has of each."""
    ids = emotions = 0
    for split in splits:
        for emotion in SIX:
            number = known()[split].cameo.get(emotion, 0)
            ids += number * len(f"{split}\t{'0' * 64}.flac\n")
            emotions += number * len(f"{emotion}\n")
    return ids, emotions


def test_the_published_lists_are_as_long_as_the_counts_make_them() -> None:
    train = [split for split in PUBLISHED if split != "nemo"]
    assert {split: characters(*train[: train.index(split)]) for split in STARTS} == STARTS
    assert characters(*train) == (2_352_458, 227_754)
    assert characters("nemo") == (336_075, 34_309)
