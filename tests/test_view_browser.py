"""The viewer in a real Chromium: open, search, choose, correct, and look at it at two widths.

Needs Debian's `chromium` and `fonts-noto-cjk` and the Python package `playwright`; skipped where they are missing.
Screenshots are left in ZHIBIAO_SCREENSHOTS, if that names a folder. One server and one browser serve all tests, which
one worker runs (see conftest.py).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.gold import read_gold
from pipeline.store import reading

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the package playwright is not installed: pip install zhibiao[browser]"
)
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"),
]
ARTICLES = Path(__file__).parent.parent / "corpus" / "articles"
DOC, LONG = "city_column_a", "long"
WIDTHS = (375, 1600)
# A search is over after a few articles, as it is after many thousand elsewhere.
_SERVE = """
from pipeline.view import queries
queries._ARTICLES, queries._SEARCH_SECONDS = 4, 0.0
from pipeline.view.command import view_command
view_command()
"""
_ROWS = """() => [...document.querySelectorAll("#facts > li[data-fact]")].map((row) => {
  row.querySelector(".row").click();
  const lit = [...document.querySelectorAll(".seg.on")].map((s) => [+s.dataset.s, +s.dataset.e, s.textContent]);
  return [row.dataset.fact, lit];
})"""
_SLOTS = ("quantity", "indicator", "subject", "time", "cue")


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pipeline.cli import status

    folder = tmp_path_factory.mktemp("browser")
    text = "会议强调，要扎实做好各项工作，让群众有更多获得感。\n\n" * 1000 + "2023年，渝北区汽车产量达到63万辆。\n"
    (folder / f"{LONG}.txt").write_text(text, encoding="utf-8")
    inputs = [str(ARTICLES), str(folder / f"{LONG}.txt")]
    assert status(["run", *inputs, "--out", str(folder / "out"), "--quiet"]) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def link(out: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-c", _SERVE, str(out), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture(scope="session")
def base(link: str) -> str:
    return link.split("?")[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def visitor(browser: Any, link: str) -> Any:
    """The cookie of who has opened the link."""
    context = browser.new_context()
    context.new_page().goto(link)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser: Any, visitor: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page in a context of its own, at the width of the test's parameter. Errors and foreign requests fail it."""
    width = getattr(request, "param", WIDTHS[1])
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="zh-CN", reduced_motion="reduce", storage_state=visitor
    )
    shown = context.new_page()
    problems: list[str] = []
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    shown.on("request", lambda asked: problems.append(asked.url) if "//127.0.0.1:" not in asked.url else None)
    yield shown
    context.close()
    assert problems == []


both_widths = pytest.mark.parametrize("page", WIDTHS, indirect=True)


def screenshot(page: Any, name: str) -> None:
    if folder := os.environ.get("ZHIBIAO_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/view_{name}_{page.viewport_size['width']}.png")


def lit(page: Any) -> list[tuple[int, int, str]]:
    found = page.eval_on_selector_all(".seg.on", "s => s.map(e => [+e.dataset.s, +e.dataset.e, e.textContent])")
    return [tuple(f) for f in found]


def no_sideways_scrolling(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def rows_of(out: Path, doc_id: str, table: str = "facts") -> tuple[str, list[dict[str, Any]]]:
    with reading(out) as store:
        return store.article(doc_id), list(store.rows(table, doc_id=doc_id))


def characters(raw: str, fact: dict[str, Any]) -> set[int]:
    """The offsets of a fact's slots, without layout."""
    spans = [(fact[f"{slot}_start"], fact[f"{slot}_end"]) for slot in _SLOTS]
    return {i for a, b in spans if a is not None for i in range(a, b) if not raw[i].isspace()}


@both_widths
def test_read_search_choose_correct(page: Any, base: str, out: Path) -> None:
    width = page.viewport_size["width"]
    raw, facts = rows_of(out, DOC)
    chosen = facts[2]
    page.goto(base)
    screenshot(page, "articles")
    page.get_by_role("searchbox").fill(raw[chosen["quantity_start"] : chosen["quantity_end"]])
    page.keyboard.press("Enter")
    page.click(f"a[href='/article/{DOC}']")
    page.click(f"#row-{chosen['fact_id']} .row")
    assert page.locator(f"#d-{chosen['fact_id']} code").inner_text() == chosen["rule"]
    assert page.url.endswith(f"#fact={chosen['fact_id']}")
    assert no_sideways_scrolling(page)
    screenshot(page, "reader")

    page.fill("#reviewer", f"tester {width}")
    page.click(f"#row-{chosen['fact_id']} [data-do=corrected]")
    page.fill("#label [name=indicator]", "改正的指标")
    screenshot(page, "correct")
    page.click("#label [type=submit]")
    page.wait_for_selector(f"#row-{chosen['fact_id']} .done:has-text('✎')")
    (label,) = read_gold(out / "review" / f"tester {width}")[DOC]
    assert label["fact"]["indicator"] == ["改正的指标"]
    assert (label["start"], label["end"]) == (chosen["quantity_start"], chosen["quantity_end"])
    assert label["review"] == {
        "decision": "corrected", "fact_id": chosen["fact_id"], "who": f"tester {width}", "when": label["review"]["when"]
    }  # fmt: skip


@pytest.mark.parametrize("view", ["", "?view=raw"])
def test_every_row_lights_up_exactly_its_characters(page: Any, base: str, out: Path, view: str) -> None:
    raw, facts = rows_of(out, DOC)
    page.goto(f"{base}article/{DOC}{view}")
    found = dict(page.evaluate(_ROWS))
    assert list(found) == [fact["fact_id"] for fact in facts]
    for fact in facts:
        segments = found[fact["fact_id"]]
        shown = {i for start, end, _ in segments for i in range(start, end) if not raw[i].isspace()}
        assert shown == characters(raw, fact)
        assert all(raw[start:end] == text for start, end, text in segments)
    assert page.locator(".seg .seg").count() == 0


@both_widths
def test_keyboard_link_and_marks(page: Any, base: str, out: Path) -> None:
    _, facts = rows_of(out, DOC)
    page.goto(f"{base}article/{DOC}")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.url.endswith(facts[1]["fact_id"])
    assert page.evaluate("document.activeElement.closest('li').dataset.fact") == facts[1]["fact_id"]
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    assert page.url.endswith(facts[0]["fact_id"])
    page.keyboard.press("Escape")
    assert "#" not in page.url and lit(page) == []
    page.keyboard.press("n")
    first = min(lit(page))
    page.keyboard.press("n")
    page.keyboard.press("p")
    assert min(lit(page)) == first and page.locator("li.current").count() == 1
    last = facts[-1]
    page.goto(f"{base}fact/{last['fact_id']}")
    assert page.locator("li.current").get_attribute("data-fact") == last["fact_id"]
    page.click(f".seg[data-s='{facts[0]['quantity_start']}']")
    assert page.locator("li.current").get_attribute("data-fact") == facts[0]["fact_id"]
    page.goto(f"{base}article/{DOC}?view=raw#fact={last['fact_id']}")
    assert min(start for start, _, _ in lit(page)) <= last["quantity_start"]
    screenshot(page, "raw")


def test_a_link_to_a_row_finds_its_part_of_a_long_article(page: Any, base: str, out: Path) -> None:
    raw, facts = rows_of(out, LONG)
    page.goto(f"{base}article/{LONG}#fact={facts[-1]['fact_id']}")
    page.wait_for_selector("li.current")
    assert "part=2" in page.url
    assert page.locator("li.current").get_attribute("data-fact") == facts[-1]["fact_id"]
    assert {i for start, end, _ in lit(page) for i in range(start, end)} <= characters(raw, facts[-1])
    page.click("[rel=prev] >> nth=0")
    assert page.locator(".seg").first.get_attribute("data-s") == "0"


@both_widths
def test_add_what_was_missed_by_selecting_text(page: Any, base: str, out: Path) -> None:
    reviewer = f"adder {page.viewport_size['width']}"
    raw, times = rows_of(out, DOC, "times")
    place = times[0]
    page.goto(f"{base}article/{DOC}")
    page.fill("#reviewer", reviewer)
    page.evaluate(
        """at => { const text = document.querySelector(`.seg[data-s="${at}"]`).firstChild;
                   getSelection().setBaseAndExtent(text, 0, text, text.length); }""",
        place["start"],
    )
    page.click("#missed")
    page.select_option("#label [name=type]", "company")
    assert page.locator("#chosen").inner_text() == place["text"]
    page.click("#label [type=submit]")
    page.wait_for_selector("#edit", state="hidden")
    (label,) = read_gold(out / "review" / reviewer)[DOC]
    assert raw[label["start"] : label["end"]] == label["text"] == place["text"]
    assert label["type"] == "company" and label["review"]["decision"] == "missed"


def test_evaluate_uses_the_decisions(page: Any, base: str, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from pipeline.cli import status

    _, facts = rows_of(out, DOC)
    page.goto(f"{base}article/{DOC}")
    page.fill("#reviewer", "judge")
    for fact, decision, sign in ((facts[0], "right", "✓"), (facts[1], "wrong", "✗")):
        page.click(f"#row-{fact['fact_id']} .row")
        page.click(f"#row-{fact['fact_id']} [data-do={decision}]")
        page.wait_for_selector(f"#row-{fact['fact_id']} .done:has-text('{sign} judge')")
    capfd.readouterr()
    assert status(["evaluate", str(out / "review" / "judge"), "--out", str(out), "--json"]) == 0
    scores = json.loads(capfd.readouterr().out)["f1"]["fact full"]
    assert (scores["P"], scores["R"], scores["pred"], scores["gold"]) == (0.5, 1.0, 2, 1)


PAGES = ["", f"article/{DOC}", "facts", "targets", "conflicts", "series", "series/one"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_and_is_accessible(page: Any, base: str, path: str) -> None:
    """At both widths; in the dark only the contrast is different."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")
    open_page(page, base, path)
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))  # past the content policy
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme, options in (("light", "{}"), ("dark", "{runOnly: ['color-contrast']}")):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"{scheme}_{re.sub('[^a-z]', '_', path) or 'home'}")
            assert no_sideways_scrolling(page)
            found = page.evaluate(f"axe.run({options})")["violations"]
            assert [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in found] == []


def open_page(page: Any, base: str, path: str) -> None:
    page.goto(f"{base}{'series' if path == 'series/one' else path}")
    page.wait_for_selector("main:not(:has([data-computing]))")  # which reloads itself
    if path == "series/one":
        page.click("main tbody a >> nth=0")


@both_widths
def test_theme_and_language(page: Any, base: str) -> None:
    page.goto(base)
    page.click("#theme")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.click("text=English")
    assert page.locator("h1").inner_text() == "Articles"


def test_a_search_that_runs_out_of_time_goes_on_by_itself(page: Any, base: str, out: Path) -> None:
    with reading(out) as store:
        ids = list(store.ids())
    page.goto(f"{base}?text=年")
    page.wait_for_selector("main .pager:not(:has([data-on]))", state="attached")
    assert page.locator("main tbody tr").count() > 4
    page.goto(f"{base}?text=没有这样的文字")
    page.wait_for_selector("main .empty:not([hidden])")
    assert len(ids) > 8 and page.locator("main tbody tr").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_fits_and_needs_no_network(browser: Any, out: Path, tmp_path: Path, width: int) -> None:
    from pipeline.view.report import article, report

    path = tmp_path / "report.html"
    path.write_text(report(article(out, DOC)), encoding="utf-8")
    shown = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(path.as_uri())
    screenshot(shown, "report")
    assert asked == [path.as_uri()] and no_sideways_scrolling(shown)
    shown.close()
