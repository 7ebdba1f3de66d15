from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cameo_assets.models.engines.scripted import ScriptedFailure, Styles
from cameo_assets.models.registry import build_engine
from cameo_assets_tests.models.examples import EMOTIONS, a_sampling, a_spec, an_ask, log_lines, said

ASKS = [an_ask(f"u{number}") for number in range(400)]
QUIET = dict.fromkeys(Styles.__struct_fields__, 0)


def engine_with(**options: Any) -> Any:
    return build_engine(a_spec(options=options), "")


def answers(**options: Any) -> list[Any]:
    return list(engine_with(**options).answer(ASKS, {}))


@pytest.mark.parametrize(
    ("style", "sounds"),
    [
        ("label", lambda text: text in EMOTIONS),
        ("sentence", lambda text: text.endswith(".") and any(e in text for e in EMOTIONS)),
        ("capitals", lambda text: text.strip("*!").lower() in EMOTIONS),
        ("adjective", lambda text: text in {f"They sound {a}." for a in ("angry", "neutral", "sad")}),
        ("two", lambda text: " or " in text),
        ("refusal", lambda text: "sorry" in text),
        ("nonsense", lambda text: not any(e in text for e in EMOTIONS)),
        ("empty", lambda text: text == ""),
    ],
)
def test_each_style_sounds_as_it_is_called(style: str, sounds: Any) -> None:
    assert all(sounds(answer.text) for answer in answers(styles={**QUIET, style: 1}))


def test_by_default_every_style_occurs() -> None:
    assert {answer.details["style"] for answer in answers()} == set(Styles.__struct_fields__)


def test_without_any_weight_it_is_silent() -> None:
    assert {answer.text for answer in answers(styles=QUIET)} == {""}


@pytest.mark.parametrize("other", [a_sampling(0.7), a_sampling(sample=1), a_sampling(seed=1)])
def test_temperature_sample_and_seed_change_what_is_said(other: Any) -> None:
    asks = [an_ask(f"u{number}", other) for number in range(50)]
    engine = engine_with()
    assert [*said(engine.answer(asks, {})).values()] != [*said(engine.answer(ASKS[:50], {})).values()]


def test_errors_take_their_share_and_leave_the_others_as_they_are() -> None:
    sound, faulty = answers(), answers(errors=0.25)
    failed = [answer for answer in faulty if answer.error]
    assert 60 < len(failed) < 140
    assert all(answer.text is None and answer.finish_reason == "error" for answer in failed)
    assert all(one == two for one, two in zip(sound, faulty, strict=True) if not two.error)


def test_each_request_is_logged_before_it_is_answered(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    stream = engine_with(log=str(log)).answer(ASKS, {})
    next(stream)
    next(stream)
    assert log_lines(log) == [("u0", 0.0, 0), ("u1", 0.0, 0)]


def test_it_breaks_down_after_some_answers(tmp_path: Path) -> None:
    stream = engine_with(fail={"after": 2}).answer(ASKS, {})
    assert [next(stream).file_id, next(stream).file_id] == ["u0", "u1"]
    with pytest.raises(ScriptedFailure):
        next(stream)


def test_it_is_down_while_a_file_exists(tmp_path: Path) -> None:
    switch = tmp_path / "down"
    engine = engine_with(fail={"while_exists": str(switch)})
    switch.touch()
    with pytest.raises(ScriptedFailure, match="down exists"):
        next(engine.answer(ASKS, {}))
    switch.unlink()
    assert next(engine.answer(ASKS, {})).file_id == "u0"
