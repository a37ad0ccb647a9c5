"""The viewer in a real Chromium: open, search, choose, correct, and look at it at two widths.

Needs Debian's `chromium` and `fonts-noto-cjk` and the Python package `playwright`; skipped where they are missing.
Screenshots are left in ZHIBIAO_SCREENSHOTS, if that names a folder.
"""

from __future__ import annotations

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

playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]
ARTICLES = Path(__file__).parent.parent / "corpus" / "articles"
DOC = "city_column_a"
_SERVE = "from pipeline.view.command import view_command; view_command()"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pipeline.cli import status

    folder = tmp_path_factory.mktemp("browser")
    assert status(["run", str(ARTICLES), "--out", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def link(out: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-c", _SERVE, str(out), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=[375, 1600])
def page(browser: Any, link: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="zh-CN")
    shown = context.new_page()
    problems: list[str] = []
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    shown.on("request", lambda asked: problems.append(asked.url) if "//127.0.0.1:" not in asked.url else None)
    shown.goto(link)
    yield shown
    context.close()
    assert problems == []


def screenshot(page: Any, name: str) -> None:
    if folder := os.environ.get("ZHIBIAO_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/view_{name}_{page.viewport_size['width']}.png")


def lit(page: Any) -> list[tuple[int, int, str]]:
    found = page.eval_on_selector_all(".seg.on", "s => s.map(e => [+e.dataset.s, +e.dataset.e, e.textContent])")
    return [tuple(f) for f in found]


def no_sideways_scrolling(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_read_search_choose_correct(page: Any, out: Path) -> None:
    width = page.viewport_size["width"]
    with reading(out) as store:
        raw = store.article(DOC)
        facts = list(store.rows("facts", doc_id=DOC))
    chosen = facts[2]
    screenshot(page, "articles")
    page.get_by_role("searchbox").fill(raw[chosen["quantity_start"] : chosen["quantity_end"]])
    page.keyboard.press("Enter")
    page.click(f"a[href='/article/{DOC}']")
    page.click(f"#row-{chosen['fact_id']} .row")

    spans = [(chosen[f"{s}_start"], chosen[f"{s}_end"]) for s in ("quantity", "indicator", "subject", "time", "cue")]
    wanted = {i for a, b in spans if a is not None for i in range(a, b) if not raw[i].isspace()}
    assert {i for start, end, _ in lit(page) for i in range(start, end)} == wanted
    assert all(raw[start:end] == text for start, end, text in lit(page))
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


def test_keyboard_link_and_marks(page: Any, link: str, out: Path) -> None:
    with reading(out) as store:
        facts = list(store.rows("facts", doc_id=DOC))
    page.goto(f"{link.split('?')[0]}article/{DOC}")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.url.endswith(facts[1]["fact_id"])
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    assert page.url.endswith(facts[0]["fact_id"])
    page.keyboard.press("Escape")
    assert "#" not in page.url and lit(page) == []
    last = facts[-1]
    page.goto(f"{link.split('?')[0]}fact/{last['fact_id']}")
    assert page.locator("li.current").get_attribute("data-fact") == last["fact_id"]
    page.click(f".seg[data-s='{facts[0]['quantity_start']}']")
    assert page.locator("li.current").get_attribute("data-fact") == facts[0]["fact_id"]
    page.goto(f"{link.split('?')[0]}article/{DOC}?view=raw#fact={last['fact_id']}")
    assert min(start for start, _, _ in lit(page)) <= last["quantity_start"]
    screenshot(page, "raw")


def test_add_what_was_missed_by_selecting_text(page: Any, link: str, out: Path) -> None:
    reviewer = f"adder {page.viewport_size['width']}"
    with reading(out) as store:
        raw = store.article(DOC)
        place = next(store.rows("times", doc_id=DOC))
    page.goto(f"{link.split('?')[0]}article/{DOC}")
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


PAGES = ["", f"article/{DOC}", "facts", "targets", "conflicts", "series", "series/one"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_is_accessible(page: Any, link: str, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    if path == "series/one":
        page.goto(f"{link.split('?')[0]}series")
        page.click("main tbody a >> nth=0")
    else:
        page.goto(f"{link.split('?')[0]}{path}")
    screenshot(page, f"{scheme}_{re.sub('[^a-z]', '_', path) or 'home'}")
    assert no_sideways_scrolling(page)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")
    axe_js = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe_js)  # through the driver, which a content security policy does not stop
    found = page.evaluate("axe.run()")["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in found] == []


def test_theme_and_language(page: Any) -> None:
    page.click("#theme")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.click("text=English")
    assert page.locator("h1").inner_text() == "Articles"


@pytest.mark.parametrize("width", [375, 1600])
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
