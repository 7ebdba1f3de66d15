"""Progress bars and tables for people at a terminal."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.table import Table

    from cameo_assets.board.data import Board, Score


def page_console() -> Console:
    """Where pages go: as wide as the terminal, and of a fixed width into files and pipes."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=120)


class ProgressBar:
    """A progress that draws one bar for each piece of work, and takes it away when it is done.

    A total of 0 stands for an unknown one. Nothing is drawn where nobody looks. Work that fails leaves its
    bar, which keeps the cursor and the standard output of the process until it is closed.

    Args:
        console: Where to draw; the standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._bar: Bar | None = None

    def __call__(self, done: int, total: int, text: str) -> None:
        """Shows how much is done, of how much, and a word about it."""
        if self._bar is None:
            self._bar = self._opened(text, total or None)
        self._bar.update(self._bar.task_ids[0], completed=done, total=total or None, description=text)
        if total and done >= total:
            self.close()

    def close(self) -> None:
        """Takes the bar away, if there is one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
            atexit.unregister(self.close)

    def _opened(self, text: str, total: int | None) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = self._console or Console(stderr=True)
        bar = Progress(
            TextColumn("  {task.description:<56.56}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        bar.add_task(text, total=total)
        bar.start()
        atexit.register(self.close)
        return bar


def board_table(board: Board, reader: str) -> Table:
    """The board as a table: one row for each evaluation as read by `reader`, best first."""
    from rich.table import Table

    table = Table(title=f"CAMEO, collection {board.collection_version}, answers as read by '{reader}'")
    table.add_column("rank")
    table.add_column("evaluation", overflow="fold")  # its end tells the conditions of a model apart
    for name in (
        "macro F1",
        "95 % interval",
        "accuracy",
        "unresolved",
        "mean over\ncorpora",
        "mean over\nlanguages",
    ):
        table.add_column(name, justify="right")
    for row in board.rows:
        if row.reader == reader:
            rank = str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}-{row.rank_high}"
            table.add_row(
                rank,
                row.evaluation,
                _percent(row.overall.value),
                _interval(row.overall),
                _percent(row.overall.accuracy),
                _percent(row.overall.unresolved),
                _percent(row.mean_over_corpora),
                _percent(row.mean_over_languages),
            )
    return table


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _interval(score: Score) -> str:
    return f"{_percent(score.low)} to {_percent(score.high)}"
