"""The page as a file: what stands in it, before any script runs."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from cameo_assets.board import page
from cameo_assets.board.data import Board, Score
from cameo_assets.board.page import render
from cameo_assets_tests.board.examples import example_board, example_corpora, with_likelihood

EMPTY = Board(collection_version="0", readers=(), corpora=(), emotions=(), rows=(), draws=10_000)
replace = msgspec.structs.replace


class Parsed(HTMLParser):
    """Elements with their attributes, and the text of each script."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: dict[str, str] = {}
        self.text: list[str] = []
        self._script: str | None = None
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag == "script":
            self._script = found.get("id", found.get("type", "head"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data
        else:
            self.text.append(data)

    def having(self, **attributes: str) -> list[dict[str, str]]:
        wanted = {name.replace("_", "-").rstrip("-"): value for name, value in attributes.items()}
        return [found for _, found in self.elements if wanted.items() <= found.items()]


@pytest.fixture(scope="module")
def board() -> Board:
    return example_board()


@pytest.fixture(scope="module")
def parsed(board: Board) -> Parsed:
    return Parsed(render(board))


def test_the_data_island_is_the_board(board: Board, parsed: Parsed) -> None:
    assert msgspec.json.decode(parsed.scripts["board-data"], type=Board) == board


def test_same_board_same_bytes(board: Board) -> None:
    again = msgspec.json.decode(msgspec.json.encode(board), type=Board)
    assert render(board) == render(again)


def test_the_order_of_rows_does_not_matter_to_what_is_shown(board: Board) -> None:
    turned = replace(board, rows=board.rows[::-1])
    cut = '<script type="application/json"'
    assert render(board).decode().split(cut)[0] == render(turned).decode().split(cut)[0]


def test_nothing_is_fetched(board: Board, parsed: Parsed) -> None:
    homepages = {row.homepage for row in board.rows} | {corpus.homepage for corpus in board.corpora}
    for tag, attributes in parsed.elements:
        for name in ("src", "href", "action", "poster", "srcset"):
            address = attributes.get(name, "")
            if address.startswith("data:"):
                continue
            assert not address or (tag == "a" and address in homepages), (tag, address)
    css = (Path(page.__file__).parent / "page.css").read_text("utf-8")
    assert "url(" not in css and "@import" not in css


def test_the_policy_allows_the_two_scripts_of_the_page_and_no_other(parsed: Parsed) -> None:
    (policy,) = parsed.having(http_equiv_="Content-Security-Policy")
    assert "default-src 'none'" in policy["content"]
    allowed = re.search(r"script-src ([^;]*)", policy["content"])
    assert allowed is not None
    assert sorted(allowed[1].split()) == sorted(
        page._hash(text) for kind, text in parsed.scripts.items() if kind != "board-data"
    )


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }} & <b>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_notes_are_text_and_never_markup(board: Board, text: str) -> None:
    row = replace(board.rows[0], name=text, licence=text, revision=text, prompt=text, evaluation=text)
    corpus = replace(board.corpora[0], name=text, licence=text)
    hostile = replace(board, rows=(row,), corpora=(corpus,), notes=(text,))
    plain = replace(
        board,
        rows=(replace(row, name="x", licence="x", revision="x", prompt="x", evaluation="x"),),
        corpora=(replace(corpus, name="x", licence="x"),),
        notes=("x",),
    )
    found, expected = Parsed(render(hostile)), Parsed(render(plain))
    assert [(tag, sorted(a)) for tag, a in found.elements] == [
        (tag, sorted(a)) for tag, a in expected.elements
    ]
    assert text in found.text
    assert msgspec.json.decode(found.scripts["board-data"], type=Board) == hostile


def test_a_homepage_that_is_not_a_web_address_is_no_link(board: Board) -> None:
    row = replace(board.rows[3], homepage="javascript:alert(1)")
    corpus = replace(board.corpora[0], homepage="javascript:alert(1)")
    found = Parsed(render(replace(board, rows=(row,), corpora=(corpus,))))
    assert [attributes for tag, attributes in found.elements if tag == "a"] == []


def test_without_a_script_the_first_reader_is_shown_best_rank_first(board: Board, parsed: Parsed) -> None:
    shown = [
        found for found in parsed.having(data_item="") if "hidden" not in found and "data-reader" in found
    ]
    main, matrices = shown[:12], shown[12:]
    assert {found["data-reader"] for found in shown} == {"published"}
    assert len(matrices) == 3 * len(main)
    ranks = {row.evaluation: (row.rank_low, row.rank_high) for row in board.rows if row.reader == "published"}
    order = [ranks[found["data-evaluation"]] for found in main]
    assert order == sorted(order)


def test_cells_carry_their_numbers_in_full(board: Board, parsed: Parsed) -> None:
    row = board.rows[0]
    assert parsed.having(data_value=repr(row.overall.weighted_f1))
    assert parsed.having(data_value=repr(row.corpora["nemo"].value))


def test_the_banner_stands_only_above_samples(parsed: Parsed) -> None:
    assert not parsed.having(data_testid="sample-banner")
    sample = Parsed(render(example_board(sample=True)))
    assert sample.having(data_testid="sample-banner")
    assert "These scores mean nothing." in sample.text


def test_a_board_of_partial_copies_names_them_at_the_top(board: Board) -> None:
    banner = 'data-testid="partial-banner"'
    partial = [corpus.name for corpus in board.corpora if corpus.partial]
    page = render(board).decode()
    assert partial and banner in page
    assert f"Of {', '.join(partial)} this board has a part only" in page
    whole = [msgspec.structs.replace(corpus, published=corpus.utterances) for corpus in board.corpora]
    assert banner not in render(msgspec.structs.replace(board, corpora=tuple(whole))).decode()


def test_only_a_corpus_that_lacks_utterances_is_a_partial_copy(board: Board) -> None:
    # RESD lacks two that were refused, which the table says in a column of its own.
    html = render(board).decode()
    rows = re.findall(r"<tr data-item>.*?</tr>", html, re.DOTALL)
    assert [
        corpus.slug for corpus, row in zip(board.corpora, rows, strict=True) if "partial copy" in row
    ] == ["crema_d"]


def test_few_groups_are_marked(parsed: Parsed) -> None:
    marked = [
        found["data-key"]
        for index, (tag, found) in enumerate(parsed.elements)
        if tag == "th"
        and any(inner.get("class") == "mark" for _, inner in parsed.elements[index + 1 : index + 4])
    ]
    few = {"emns", "jl_corpus", "nemo", "pavoque"}
    assert {key.removeprefix("@") for key in marked} == {*few, "German", "Polish"}


def test_ties_with_the_first_rank_are_marked_and_a_lone_first_is_not(board: Board) -> None:
    rows = [row for row in board.rows if row.reader == "published"]
    first = [row for row in rows if row.rank_low == 1]
    assert len(first) > 1
    assert page._tied(rows) == {("published", row.evaluation) for row in first}
    assert page._tied([first[0], *(row for row in rows if row.rank_low > 1)]) == frozenset()


@pytest.mark.parametrize(
    ("highest", "scale"), [(0.02, 0.1), (0.2, 0.2), (0.201, 0.3), (0.97, 1.0), (math.nan, 0.1)]
)
def test_bars_end_at_the_next_tenth(board: Board, highest: float, scale: float) -> None:
    row = replace(board.rows[0], overall=Score(value=highest))
    assert page._scale([row]) == pytest.approx(scale)


def test_declared_training_is_marked_in_its_cell_alone(board: Board) -> None:
    (row,) = (row for row in board.rows if row.evaluation == "qwen2.5-omni-7b@0" and row.reader == "strict")
    html = render(replace(board, rows=(row,), readers=("strict",))).decode()
    assert html.count('class="seen"') == 1
    assert re.search(r'title="Qwen2.5-Omni-7B, T 0 · RAVDESS[^"]*Declared to be in the training data"', html)


def test_rows_by_likelihood_are_told_apart(board: Board) -> None:
    html = render(with_likelihood(board)).decode()
    items = re.findall(
        r'<tbody data-item data-evaluation="([^"]*)"[^>]* data-method="([^"]*)"[^>]*>(.*?)</tbody>',
        html,
        re.DOTALL,
    )
    assert {method for _, method, _ in items} == {"generation", "likelihood"}
    for evaluation, method, content in items:
        assert (method == "likelihood") == ("@likelihood-" in evaluation) == ("chip likelihood" in content)
        assert f"<dt>Method</dt><dd>{method}</dd>" in content
    assert re.search(r'title="Voxtral-Mini, T 0.7, likelihood · RAVDESS', html)


def test_baselines_are_told_apart(board: Board) -> None:
    items = re.findall(
        r'<tbody data-item [^>]*data-kind="([^"]*)"[^>]*>(.*?)</tbody>', render(board).decode(), re.DOTALL
    )
    assert {kind for kind, _ in items} == {"baseline", "model"}
    for kind, content in items:
        assert (kind == "baseline") == ("chip baseline" in content)


def test_the_page_says_what_likelihood_means(parsed: Parsed) -> None:
    assert "Two ways of answering" in parsed.text
    assert any("the exact probability is computed" in text for text in parsed.text)


class TestEmptyStates:
    def test_no_board_at_all(self) -> None:
        found = Parsed(render(EMPTY))
        assert json.loads(found.scripts["board-data"])["rows"] == []
        assert any("No evaluation has been scored yet" in text for text in found.text)
        assert "The collection is empty." in found.text

    def test_corpora_without_rows(self, board: Board) -> None:
        found = Parsed(render(replace(board, rows=())))
        assert found.having(data_testid="corpora-table")
        assert not found.having(data_testid="board-table")

    def test_one_row_is_tied_with_nobody(self, board: Board) -> None:
        html = render(replace(board, rows=(replace(board.rows[0], rank_low=1, rank_high=1),))).decode()
        assert "Not distinguishable from rank 1" not in html

    def test_a_missing_score_is_a_dash(self, board: Board) -> None:
        row = board.rows[0]
        corpora = {slug: score for slug, score in row.corpora.items() if slug != "nemo"}
        html = render(replace(board, rows=(replace(row, corpora=corpora),))).decode()
        assert html.count('<td class="none" data-value="" data-csv="[null, null, null]">–</td>') == 1

    def test_what_is_not_a_number_is_a_dash_too(self, board: Board) -> None:
        row = replace(board.rows[0], overall=Score(value=math.nan), mean_over_corpora=math.nan)
        found = Parsed(render(replace(board, rows=(row,))))
        assert "nan" not in " ".join(found.text).split()
        for attributes in found.having():
            json.loads(attributes.get("data-csv", "[]"), parse_constant=pytest.fail)
        assert json.loads(found.scripts["board-data"])["rows"][0]["mean_over_corpora"] is None

    def test_no_interval(self, board: Board) -> None:
        row = replace(board.rows[0], overall=Score(value=0.5))
        assert (
            'class="interval" data-value="" data-csv=\'[null,null]\'>–</td>'
            in render(replace(board, rows=(row,))).decode()
        )


def test_a_row_of_an_unlisted_reader_is_refused(board: Board) -> None:
    with pytest.raises(ValueError, match="tuple"):
        render(replace(board, readers=("strict",)))


def test_samples_are_marked_in_the_table_of_corpora() -> None:
    one = (replace(example_corpora()[0], sample=True), *example_corpora()[1:])
    found = Parsed(render(replace(example_board(), corpora=one)))
    assert found.text.count("spoken sample") == 1
