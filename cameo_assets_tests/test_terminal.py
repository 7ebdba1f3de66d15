"""Progress bars: they come and go, and never keep a terminal. Tables: what tells rows apart is never cut."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import closing

import msgspec
import pytest
from rich.console import Console

from cameo_assets.terminal import ProgressBar, board_table
from cameo_assets_tests.board.examples import example_board

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def terminal() -> tuple[Console, io.StringIO]:
    screen = io.StringIO()
    return Console(file=screen, force_terminal=True, width=120), screen


def test_a_bar_goes_when_its_work_is_done() -> None:
    console, screen = terminal()
    bar = ProgressBar(console)
    for done in (1, 2):
        bar(done, 2, "hashing [bold]")
        assert screen.getvalue().count(SHOW) == (done == 2)
    assert "hashing [bold]" in screen.getvalue()
    bar(1, 5, "decoding")
    assert screen.getvalue().count(HIDE) == 2
    bar.close()


def test_work_that_fails_gives_cursor_and_output_back() -> None:
    console, screen = terminal()
    output = sys.stdout

    def fails() -> None:
        with closing(ProgressBar(console)) as bar:
            bar(1, 5, "hashing")
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        fails()
    assert screen.getvalue().count(SHOW) == 1
    assert sys.stdout is output


def test_a_bar_that_nobody_closed_goes_with_the_process() -> None:
    program = (
        "import sys\nfrom rich.console import Console\nfrom cameo_assets.terminal import ProgressBar\n"
        "ProgressBar(Console(file=sys.stderr, force_terminal=True))(1, 5, 'hashing')\nsys.exit('stopped')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert SHOW in done.stderr


def test_nothing_is_drawn_where_nobody_looks() -> None:
    screen = io.StringIO()
    bar = ProgressBar(Console(file=screen))
    bar(1, 2, "hashing")
    bar(2, 2, "hashing")
    assert screen.getvalue() == ""


def test_the_board_shows_the_conditions_of_a_model_with_a_long_name() -> None:
    board = example_board()
    row = msgspec.structs.replace(
        board.rows[0], evaluation="ultravox-v0.5-llama-3.1-8b-instruct@likelihood-0.7"
    )
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(board_table(msgspec.structs.replace(board, rows=(row,)), row.reader))
    cells = [line.split("│")[2].strip() for line in console.export_text().splitlines() if line.count("│") > 2]
    assert "".join(cells) == row.evaluation
