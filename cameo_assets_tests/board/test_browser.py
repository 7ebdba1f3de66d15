"""The page as a reader uses it, in a real browser, opened as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from cameo_assets.board.data import Board, Row
from cameo_assets.board.page import render
from cameo_assets_tests.board.examples import example_board, with_likelihood
from cameo_assets_tests.browser import chromium, chromium_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.live

VIEWS = ["overall", "by-corpus", "by-language", "by-emotion", "confusion", "corpora", "how"]


@pytest.fixture(scope="module")
def board() -> Board:
    return example_board()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("board") / "index.html"
    path.write_bytes(render(board))
    return path


@pytest.fixture(scope="module")
def context(browser: Browser) -> Any:
    return partial(chromium_page, browser)


@pytest.fixture(scope="module")
def tab_of_the_browser(context: Any) -> Iterator[Page]:
    with context() as opened:
        yield opened


@pytest.fixture
def page(tab_of_the_browser: Page, file: Path) -> Page:
    """The board, freshly loaded; tests that touch what is kept between visits open a context of their own."""
    tab_of_the_browser.goto("about:blank")
    tab_of_the_browser.goto(file.as_uri())
    return tab_of_the_browser


def rows_of(board: Board, reader: str = "published") -> dict[str, Row]:
    return {row.evaluation: row for row in board.rows if row.reader == reader}


def shown(page: Page, view: str = "overall") -> list[str]:
    """Evaluations of the visible rows, from top to bottom."""
    found: list[str] = page.eval_on_selector_all(
        f"#view-{view} [data-item]:not([hidden])", "items => items.map(item => item.dataset.evaluation)"
    )
    return found


def cell(page: Page, evaluation: str, column: int, view: str = "overall") -> str:
    item = page.locator(f'#view-{view} [data-evaluation="{evaluation}"]:not([hidden])')
    text: str = item.evaluate("(item, at) => (item.rows ? item.rows[0] : item).cells[at].innerText", column)
    return text.strip()


def open_view(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "[data-view]", "all => all.filter(one => one.checkVisibility()).map(one => one.dataset.view)"
    )
    return found


def tab(page: Page, view: str) -> None:
    page.get_by_test_id(f"tab-{view}").click()


def header(page: Page, view: str, key: str) -> Any:
    return page.locator(f'#view-{view} th[data-key="{key}"]')


# ---- sorting


@pytest.mark.parametrize(
    ("key", "value", "first"),
    [
        ("macro_f1", lambda row: row.overall.value, "descending"),
        ("interval", lambda row: row.overall.low, "descending"),
        ("weighted_f1", lambda row: row.overall.weighted_f1, "descending"),
        ("mean_over_languages", lambda row: row.mean_over_languages, "descending"),
        ("unresolved", lambda row: row.overall.unresolved, "ascending"),
    ],
)
def test_a_click_on_a_heading_sorts_and_another_turns_it(
    page: Page, board: Board, key: str, value: Any, first: str
) -> None:
    rows = rows_of(board, "strict")
    page.get_by_test_id("reader").select_option("strict")
    assert header(page, "overall", "rank").get_attribute("aria-sort") == "ascending"
    other = {"ascending": "descending", "descending": "ascending"}[first]
    for direction in (first, other):
        header(page, "overall", key).get_by_role("button").click()
        assert header(page, "overall", key).get_attribute("aria-sort") == direction
        assert header(page, "overall", "rank").get_attribute("aria-sort") == "none"
        numbers = [value(rows[evaluation]) for evaluation in shown(page)]
        assert len(numbers) == 12
        assert numbers == sorted(numbers, reverse=direction == "descending")


@pytest.mark.parametrize("clicks", [1, 2])
def test_what_is_missing_comes_last_in_both_directions(page: Page, board: Board, clicks: int) -> None:
    rows = rows_of(board)
    for _ in range(clicks):
        header(page, "overall", "spread").get_by_role("button").click()
    assert [rows[evaluation].spread is None for evaluation in shown(page)] == [False] * 3 + [True] * 9


@pytest.mark.parametrize(
    ("view", "key", "score"),
    [
        ("by-corpus", "@nemo", lambda row: row.corpora["nemo"].value),
        ("by-language", "@Polish", lambda row: row.languages["Polish"].value),
        ("by-emotion", "@fear", lambda row: row.emotions["fear"].value),
    ],
)
def test_matrices_sort_by_any_of_their_columns(
    page: Page, board: Board, view: str, key: str, score: Any
) -> None:
    tab(page, view)
    header(page, view, key).get_by_role("button").click()
    numbers = [score(rows_of(board)[evaluation]) for evaluation in shown(page, view)]
    assert numbers == sorted(numbers, reverse=True)
    best = page.locator(f"#view-{view} [data-item]:not([hidden]) td.best").all_inner_texts()
    assert f"{100 * numbers[0]:.1f}" in [text.strip("▲ \n") for text in best]


def test_each_view_keeps_its_own_order(page: Page) -> None:
    header(page, "overall", "uar").get_by_role("button").click()
    order = shown(page)
    tab(page, "corpora")
    header(page, "corpora", "hours").get_by_role("button").click()
    tab(page, "overall")
    assert shown(page) == order
    assert header(page, "overall", "uar").get_attribute("aria-sort") == "descending"


def test_the_best_is_bold_among_the_rows_that_count(page: Page, board: Board) -> None:
    column = 7  # mean over corpora
    assert page.locator(f"#view-overall td.best:nth-child({column + 1}):visible").count() == 1
    page.get_by_test_id("baselines").uncheck()
    models = [row for row in rows_of(board).values() if row.kind == "model"]
    best = max(row.mean_over_corpora for row in models)
    bold = page.locator(f"#view-overall td.best:nth-child({column + 1}):visible").all_inner_texts()
    assert bold == [f"{100 * best:.1f}"]


# ---- views


def test_a_click_on_a_tab_opens_its_view_alone(page: Page) -> None:
    for view in VIEWS:
        tab(page, view)
        assert open_view(page) == [view]
        assert page.get_by_role("tab", selected=True).get_attribute("data-testid") == f"tab-{view}"


def test_the_arrow_keys_walk_through_the_tabs(page: Page) -> None:
    page.get_by_test_id("tab-overall").focus()
    visited = []
    for key in ["ArrowRight", "ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"]:
        page.keyboard.press(key)
        (view,) = open_view(page)
        assert page.evaluate("document.activeElement.dataset.tab") == view
        visited.append(view)
    assert visited == ["by-corpus", "by-language", "how", "overall", "how", "overall"]


def test_only_the_open_tab_is_a_stop_of_the_tab_key(page: Page) -> None:
    tab(page, "corpora")
    stops = page.locator('[role="tab"][tabindex="0"]')
    assert stops.count() == 1
    assert stops.get_attribute("data-tab") == "corpora"


# ---- filters


def test_the_reader_is_switched_everywhere(page: Page, board: Board) -> None:
    evaluation = "ultravox-v0.5-llama-3.2-1b@0"
    page.get_by_test_id("reader").select_option("strict")
    row = rows_of(board, "strict")[evaluation]
    assert rows_of(board)[evaluation].overall.value != row.overall.value
    assert cell(page, evaluation, 2) == f"{100 * row.overall.value:.1f}"
    tab(page, "by-corpus")
    assert cell(page, evaluation, 1, "by-corpus") == f"{100 * row.overall.value:.1f}"


def test_search_wants_every_word(page: Page) -> None:
    page.get_by_test_id("search").fill("OPENAI ultra")
    assert set(shown(page)) == {
        "ultravox-v0.5-llama-3.1-8b@0",
        "ultravox-v0.5-llama-3.1-8b@0.7",
        "ultravox-v0.5-llama-3.2-1b@0",
    }
    assert page.get_by_test_id("shown").inner_text() == "3 of 12 evaluations"


def test_a_search_without_a_match_says_so(page: Page) -> None:
    page.get_by_test_id("search").fill("no such model")
    assert shown(page) == []
    said = page.evaluate(
        "getComputedStyle(document.querySelector('#view-overall .scroll'), '::after').content"
    )
    assert "No evaluation matches" in said


def test_baselines_can_be_hidden(page: Page, board: Board) -> None:
    page.get_by_test_id("baselines").uncheck()
    assert set(shown(page)) == {key for key, row in rows_of(board).items() if row.kind == "model"}


def test_a_temperature_leaves_the_baselines_for_comparison(page: Page, board: Board) -> None:
    page.get_by_test_id("temperature").select_option("0.7")
    assert set(shown(page)) == {
        key for key, row in rows_of(board).items() if row.kind == "baseline" or row.temperature == 0.7
    }


def test_methods_can_be_told_apart_where_there_are_two(
    context: Any, page: Page, board: Board, tmp_path: Path
) -> None:
    assert not page.get_by_test_id("method").is_visible()
    path, both = tmp_path / "index.html", with_likelihood(board)
    path.write_bytes(render(both))
    likely = {"voxtral-mini@likelihood-0", "voxtral-mini@likelihood-0.7"}
    baselines = {key for key, row in rows_of(both).items() if row.kind == "baseline"}
    with context() as other:
        other.goto(path.as_uri())
        other.get_by_test_id("method").select_option("likelihood")
        assert set(shown(other)) == likely | baselines
        other.get_by_test_id("temperature").select_option("0.7")
        assert set(shown(other)) == {"voxtral-mini@likelihood-0.7"} | baselines
        other.reload()
        assert set(shown(other)) == {"voxtral-mini@likelihood-0.7"} | baselines
        _, lines = csv_of(other)
        assert {line["method"] for line in lines if line["kind"] == "model"} == {"likelihood"}
        other.get_by_test_id("method").select_option("generation")
        assert not likely & set(shown(other))
        tab(other, "confusion")
        labels = other.get_by_test_id("evaluation").locator("option").all_inner_texts()
        assert {"Voxtral-Mini, T 0.7", "Voxtral-Mini, T 0.7, likelihood", "Chance, baseline"} <= set(labels)


# ---- address


def test_the_address_holds_the_state_and_a_reload_restores_it(page: Page) -> None:
    page.get_by_test_id("reader").select_option("strict")
    page.get_by_test_id("baselines").uncheck()
    page.get_by_test_id("search").fill("audio")
    tab(page, "by-emotion")
    header(page, "by-emotion", "@anger").get_by_role("button").click()
    order = shown(page, "by-emotion")
    page.reload()
    assert open_view(page) == ["by-emotion"]
    assert shown(page, "by-emotion") == order
    assert page.get_by_test_id("reader").input_value() == "strict"
    assert page.get_by_test_id("search").input_value() == "audio"
    assert not page.get_by_test_id("baselines").is_checked()
    assert header(page, "by-emotion", "@anger").get_attribute("aria-sort") == "descending"


def test_an_untouched_page_keeps_a_plain_address(page: Page) -> None:
    tab(page, "corpora")
    tab(page, "overall")
    assert "#" not in page.url


def test_a_link_to_an_evaluation_opens_its_matrix(context: Any, file: Path) -> None:
    with context() as page:
        page.goto(file.as_uri() + "#view=confusion&evaluation=voxtral-mini%400.7&cells=count")
        assert open_view(page) == ["confusion"]
        assert page.get_by_test_id("evaluation").input_value() == "voxtral-mini@0.7"
        assert page.get_by_test_id("cells").input_value() == "count"


def test_a_link_to_what_is_gone_falls_back(context: Any, file: Path) -> None:
    with context() as page:
        page.goto(file.as_uri() + "#view=nowhere&reader=nobody&sort=nothing.desc&temperature=9&evaluation=x")
        assert open_view(page) == ["overall"]
        assert len(shown(page)) == 12
        assert page.get_by_test_id("reader").input_value() == "published"


def test_a_changed_address_changes_the_page(page: Page) -> None:
    page.evaluate("location.hash = 'view=corpora'")
    page.wait_for_function("document.querySelector('#view-corpora').checkVisibility()")
    assert open_view(page) == ["corpora"]


# ---- cells


def test_a_cell_tells_its_interval_under_the_pointer(page: Page, board: Board) -> None:
    tab(page, "by-corpus")
    evaluation = "voxtral-mini@0"
    score = rows_of(board)[evaluation].corpora["nemo"]
    item = page.locator(f'#view-by-corpus [data-evaluation="{evaluation}"]:not([hidden])')
    item.locator("td").nth(8).hover()
    tip = page.get_by_role("tooltip").inner_text()
    assert f"Macro F1 {100 * score.value:.1f}" in tip
    assert f"{100 * (score.low or 0):.1f} to {100 * (score.high or 0):.1f}" in tip
    assert "4,481 utterances, 9 speakers or groups" in tip
    page.keyboard.press("Escape")
    assert page.get_by_role("tooltip").count() == 0


def test_the_arrow_keys_walk_through_the_cells(page: Page) -> None:
    tab(page, "by-emotion")
    stops = page.locator('#view-by-emotion td[tabindex="0"]')
    assert stops.count() == 1
    stops.focus()
    first = page.get_by_role("tooltip").inner_text()
    for key in ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "tooltip"
    assert page.get_by_role("tooltip").inner_text() == first
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("tooltip").inner_text() == first


def test_details_open_and_close(page: Page, board: Board) -> None:
    item = page.locator('#view-overall [data-evaluation="qwen2-audio-7b-instruct@0"]:not([hidden])')
    button = item.locator(".more")
    details = item.locator(".details")
    assert not details.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    text = details.inner_text()
    row = rows_of(board)["qwen2-audio-7b-instruct@0"]
    assert all(fact in text for fact in (row.revision, row.prompt, "8.4 B", "2024-08-09", "transformers"))
    assert re.search(r"CREMA-D.*RAVDESS.*2 of 13 corpora included", text, re.DOTALL)
    page.keyboard.press("Enter")
    assert not details.is_visible()


# ---- confusion


def test_the_matrix_holds_shares_of_the_true_emotion_and_on_request_counts(page: Page, board: Board) -> None:
    tab(page, "confusion")
    page.get_by_test_id("reader").select_option("strict")
    page.get_by_test_id("evaluation").select_option("ultravox-v0.5-llama-3.2-1b@0")
    confusion = rows_of(board, "strict")["ultravox-v0.5-llama-3.2-1b@0"].confusion
    at = confusion.labels.index("fear")
    counts, total = confusion.counts[at], sum(confusion.counts[at])
    line = page.locator(f"#view-confusion tbody tr:nth-child({at + 1})")
    assert line.locator("th").inner_text() == "fear"
    texts = line.locator("td").all_inner_texts()
    assert texts[at] == f"{100 * counts[at] / total:.0f}"
    assert texts[-3] == f"{100 * counts[-1] / total:.0f}"  # unresolved
    assert texts[-2] == f"{100 * counts[at] / total:.1f}"  # recall
    page.get_by_test_id("cells").select_option("count")
    assert line.locator("td").nth(at).inner_text() == f"{counts[at]:,.0f}"


def test_an_emotion_without_utterances_has_no_shares(context: Any, board: Board, tmp_path: Path) -> None:
    row = board.rows[3]
    counts = tuple(
        tuple(0.0 for _ in line) if index == 0 else line for index, line in enumerate(row.confusion.counts)
    )
    confusion = msgspec.structs.replace(row.confusion, counts=counts)
    path = tmp_path / "index.html"
    path.write_bytes(
        render(msgspec.structs.replace(board, rows=(msgspec.structs.replace(row, confusion=confusion),)))
    )
    with context() as page:
        page.goto(path.as_uri() + "#view=confusion")
        texts = page.locator("#view-confusion tbody tr:first-child td").all_inner_texts()
        assert texts == ["–"] * 19 + ["0"]


# ---- downloads


def csv_of(page: Page) -> tuple[str, list[dict[str, str]]]:
    with page.expect_download() as expected:
        page.get_by_test_id("csv").click()
    text = Path(expected.value.path()).read_text("utf-8")
    return expected.value.suggested_filename, list(csv.DictReader(io.StringIO(text)))


def test_the_csv_is_the_view_with_its_numbers_in_full(page: Page, board: Board) -> None:
    page.get_by_test_id("search").fill("qwen")
    header(page, "overall", "accuracy").get_by_role("button").click()
    name, lines = csv_of(page)
    assert name == "cameo-overall.csv"
    assert [line["evaluation"] for line in lines] == shown(page)
    for line in lines:
        row = rows_of(board)[line["evaluation"]]
        assert float(line["macro_f1"]) == row.overall.value
        assert (float(line["low"]), float(line["high"])) == (row.overall.low, row.overall.high)
        assert (int(line["rank_low"]), int(line["rank_high"])) == (row.rank_low, row.rank_high)
        assert float(line["coverage"]) == row.coverage
        assert line["spread"] == ("" if row.spread is None else str(row.spread))
        assert line["revision"] == row.revision
        assert (line["reader"], line["reader_version"]) == ("published", "1")


def test_the_csv_of_a_matrix_has_intervals(page: Page, board: Board) -> None:
    tab(page, "by-language")
    name, lines = csv_of(page)
    assert name == "cameo-by-language.csv"
    assert len(lines) == 12
    for line in lines:
        score = rows_of(board)[line["evaluation"]].languages["French"]
        assert [float(line[key]) for key in ("French", "French_low", "French_high")] == [
            score.value,
            score.low,
            score.high,
        ]


def test_the_csv_of_the_confusion_has_counts(page: Page, board: Board) -> None:
    tab(page, "confusion")
    page.get_by_test_id("evaluation").select_option("chance@0")
    name, lines = csv_of(page)
    assert name == "cameo-confusion-chance@0-published.csv"
    confusion = rows_of(board)["chance@0"].confusion
    assert [float(lines[4][label]) for label in confusion.labels] == list(confusion.counts[4][:-1])


def test_the_csv_of_the_corpora(page: Page, board: Board) -> None:
    tab(page, "corpora")
    _, lines = csv_of(page)
    assert [(line["corpus"], line["utterances"], line["emotions"]) for line in lines] == [
        (corpus.slug, str(corpus.utterances), " ".join(corpus.emotions))
        for corpus in sorted(board.corpora, key=lambda corpus: corpus.name.lower().replace("é", "e"))
    ]


def test_a_name_cannot_become_a_formula(context: Any, board: Board, tmp_path: Path) -> None:
    hostile = '=HYPERLINK("x", "y")'
    path = tmp_path / "index.html"
    row = msgspec.structs.replace(board.rows[3], name=hostile)
    path.write_bytes(render(msgspec.structs.replace(board, rows=(row,))))
    with context() as page:
        page.goto(path.as_uri())
        _, (line,) = csv_of(page)
        assert line["name"] == f"'{hostile}"


def test_all_data_can_be_downloaded(page: Page, board: Board) -> None:
    with page.expect_download() as expected:
        page.get_by_test_id("json").click()
    assert msgspec.json.decode(Path(expected.value.path()).read_bytes(), type=Board) == board


# ---- colours, small screens, no script


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_colours_follow_the_system_until_a_choice_which_is_kept(
    context: Any, file: Path, system: str
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = "rgb(20, 23, 28)"
    with context(color_scheme=system) as page:
        page.goto(file.as_uri())
        toggle = page.get_by_test_id("theme")
        assert (page.evaluate(ground) == dark) == (system == "dark")
        assert toggle.get_attribute("aria-pressed") == str(system == "dark").lower()
        toggle.click()
        assert (page.evaluate(ground) == dark) == (system == "light")
        page.reload()
        assert (page.evaluate(ground) == dark) == (system == "light")
        assert toggle.get_attribute("aria-pressed") == str(system == "light").lower()


def test_on_a_phone_only_the_tables_scroll_sideways(context: Any, file: Path) -> None:
    with context(viewport={"width": 390, "height": 844}, has_touch=True) as page:
        page.goto(file.as_uri())
        for view in VIEWS:
            tab(page, view)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, view
            box = page.get_by_test_id(f"tab-{view}").bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= 390 - box["width"], view


def test_headings_and_names_stay_while_the_table_scrolls(context: Any, file: Path) -> None:
    with context(viewport={"width": 390, "height": 500}) as page:
        page.goto(f"{file.as_uri()}#view=by-corpus")
        corner = page.locator("#view-by-corpus thead th.who")
        before = corner.bounding_box()
        page.evaluate("document.querySelector('#view-by-corpus .scroll').scrollBy(300, 200)")
        assert page.evaluate("document.querySelector('#view-by-corpus .scroll').scrollLeft") == 300
        assert corner.bounding_box() == before


def test_without_a_script_every_table_is_there(context: Any, file: Path) -> None:
    with context(java_script_enabled=False) as page:
        page.goto(file.as_uri())
        assert page.get_by_test_id("board-table").is_visible()
        assert page.locator("#view-overall tbody:visible").count() == 12
        for view in ("by-corpus", "by-language", "by-emotion", "corpora"):
            assert page.get_by_test_id(f"{view}-table").is_visible()
        assert page.locator("#view-confusion noscript p").is_visible()
        assert not page.get_by_test_id("tools").is_visible()
        assert not page.get_by_test_id("tab-overall").is_visible()


@pytest.mark.parametrize("rows", [0, 1])
def test_an_almost_empty_board_works_in_every_view(
    context: Any, board: Board, tmp_path: Path, rows: int
) -> None:
    few = msgspec.structs.replace(board, rows=board.rows[:rows])
    if not rows:
        few = Board(collection_version="0", readers=(), corpora=(), emotions=(), rows=(), draws=10_000)
    path = tmp_path / "index.html"
    path.write_bytes(render(few))
    with context() as page:
        page.goto(path.as_uri())
        for view in VIEWS:
            tab(page, view)
            assert open_view(page) == [view]
            assert page.get_by_test_id("csv").is_visible() == (bool(rows) and view != "how"), view
