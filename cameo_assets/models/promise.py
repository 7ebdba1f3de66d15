"""The promise of every engine: exactly one answer for each sampling of each ask, and a text or a fault."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from cameo_assets.models.engines.base import Answer, Ask


class BrokenPromise(RuntimeError):  # noqa: N818 - it names what is wrong
    """An engine answered what it was not asked, or did not answer what it was."""


def kept(family: str, asks: Sequence[Ask], answers: Iterable[Answer]) -> Generator[Answer, None, None]:
    """Passes answers on as they come, and looks at each; whoever stops early stops the engine.

    Args:
        family: Of the engine, for complaints.
        asks: What it was asked.
        answers: What it answers.

    Raises:
        BrokenPromise: It does not keep its promise.
    """
    wanted = {(ask.item.file_id, sampling) for ask in asks for sampling in ask.samplings}
    try:
        for answer in answers:
            try:
                wanted.remove((answer.file_id, answer.sampling))
            except KeyError:
                raise BrokenPromise(
                    f"{family} answered {answer.file_id} {answer.sampling}, "
                    "that is answered already or was not asked"
                ) from None
            _check(family, answer)
            yield answer
    finally:
        if (close := getattr(answers, "close", None)) is not None:
            close()
    if wanted:
        file_id, sampling = min(wanted, key=str)
        raise BrokenPromise(
            f"{family} left {len(wanted)} requests without answer, the first {file_id} {sampling}"
        )


def _check(family: str, answer: Answer) -> None:
    fault = bool(answer.error)
    if (answer.text is None) != fault or (answer.finish_reason == "error") != fault:
        raise BrokenPromise(
            f"{family} answered {answer.file_id} with text {answer.text!r}, error {answer.error!r} and "
            f"finish reason {answer.finish_reason!r}, where a text excludes an error"
        )
