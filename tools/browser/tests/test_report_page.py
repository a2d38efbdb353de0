"""The page of --report, opened from its file in Chromium."""

import json

import pytest
import watched

PHONE = {"width": 390, "height": 844}

SECTIONS = [
    "What changed",
    "Accuracy",
    "Time and energy",
    "Energy split",
    "Timeline of the accelerators",
    "Cut matrices",
    "Search",
    "Layers",
    "Left alone",
    "Run",
]

BLANK = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const first = data.slice(0, 4).join();
    for (let i = 4; i < data.length; i += 4) {
        if (data.slice(i, i + 4).join() !== first) return false;
    }
    return true;
}"""


@pytest.fixture
def report(browser, produced):
    with watched.opened(browser, produced / "report.html") as page:
        yield page
        page.assert_clean()


@pytest.fixture(scope="session")
def figures(produced):
    return json.loads((produced / "report.json").read_text())


def column(page, title):
    heads = page.locator("#layer-table thead th").all_inner_texts()
    index = [head.strip() for head in heads].index(title) + 1
    return [text.strip() for text in page.locator(f"#layer-table tbody td:nth-child({index})").all_inner_texts()]


def test_every_section_is_there_and_reached_from_the_top(report):
    page = report.page
    assert page.locator("main h2").all_inner_texts() == SECTIONS
    for name in SECTIONS:
        link = page.get_by_role("navigation").get_by_role("link", name=name, exact=True)
        assert page.locator(link.get_attribute("href")).count() == 1


def test_every_drawing_shows_something_and_has_a_name(report):
    canvases = report.page.locator("canvas")
    # Four baselines, two splits, two timelines, two fronts, and two pictures of each of two layers.
    assert canvases.count() == 14
    for canvas in canvases.all():
        assert canvas.get_attribute("role") == "img"
        assert len(canvas.get_attribute("aria-label")) > 30
        assert not canvas.evaluate(BLANK)


def test_a_blank_drawing_would_be_noticed(report):
    canvas = report.page.locator("#time-private")
    canvas.evaluate("canvas => canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height)")
    assert canvas.evaluate(BLANK)


def test_a_chart_holds_the_figures_of_the_report_and_names_them_under_the_mouse(report, figures):
    page = report.page
    for sharing in ("private", "shared"):
        drawn = page.evaluate(f"Chart.getChart('time-{sharing}').data.datasets[0].data")
        estimates = figures["total"][sharing]
        assert drawn == [
            estimates[key]["latencyMicros"] for key in ("denseOnOne", "denseOnAll", "pruned")
        ]
    canvas = page.locator("#time-private")
    canvas.scroll_into_view_if_needed()
    bar = page.evaluate(
        "(() => { const {x, y, base} = Chart.getChart('time-private').getDatasetMeta(0).data[0];"
        " return {x, y: (y + base) / 2}; })()"
    )
    canvas.hover(position=bar)
    page.wait_for_function("Chart.getChart('time-private').tooltip.opacity > 0")
    title = page.evaluate("Chart.getChart('time-private').tooltip.title[0]")
    assert title == "dense on 1"


def test_accelerators_in_time_end_when_the_estimate_does(report, figures):
    for sharing in ("private", "shared"):
        ends = report.page.evaluate(
            f"Chart.getChart('timeline-{sharing}').data.datasets.flatMap(s => s.data.map(d => d.x[1]))"
        )
        latency = figures["total"][sharing]["pruned"]["latencyMicros"]
        assert max(ends) == pytest.approx(latency)


def test_the_table_sorts_by_mouse_and_by_keyboard(report):
    page = report.page
    names = column(page, "Layer")
    assert len(names) >= 3
    page.get_by_role("button", name="In", exact=True).click()
    sizes = [int(text.replace(",", "")) for text in column(page, "In") if text != "-"]
    assert sizes == sorted(sizes)
    assert page.locator("#layer-table th[aria-sort=ascending]").inner_text().strip() == "In"
    page.get_by_role("button", name="In", exact=True).press("Enter")
    assert [int(text.replace(",", "")) for text in column(page, "In") if text != "-"] == sizes[::-1]
    page.get_by_role("button", name="Layer", exact=True).first.focus()
    layers = page.locator("#layer-table").get_by_role("button", name="Layer", exact=True)
    layers.press("Space")
    assert column(page, "Layer") == sorted(names)


def test_the_table_filters_by_text_and_by_state(report):
    page = report.page
    count = len(column(page, "Layer"))
    page.get_by_label("Name, form, region or reason").fill("CLASSIFIER")
    assert column(page, "Layer") == ["/classifier/Gemm"]
    assert page.get_by_role("status").inner_text() == f"1 of {count} layers"
    page.get_by_label("Name, form, region or reason").fill("")
    page.get_by_label("State").select_option("cut")
    assert set(column(page, "State")) == {"cut"}
    page.get_by_label("State").select_option("all")
    assert len(column(page, "Layer")) == count


def test_accuracy_stands_with_its_standard_error_and_its_gate(report, figures):
    text = report.page.locator("#accuracy").inner_text()
    output = figures["accuracy"]["outputs"][0]
    assert f"{100 * output['top1Before']:.2f} %" in text
    assert f"± {100 * output['standardErrors']['top1Drop']:.2f}" in text
    assert "Gate holds: accuracy drop of logits" in text


def test_it_is_dark_where_the_reader_wants_it_dark(browser, produced):
    papers = {}
    for scheme in ("light", "dark"):
        with watched.opened(browser, produced / "report.html", color_scheme=scheme) as report:
            style = "getComputedStyle(document.body).backgroundColor"
            papers[scheme] = report.page.evaluate(style)
            assert not report.page.locator("#cuts canvas").first.evaluate(BLANK)
            report.assert_clean()
    assert papers == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 30)"}


def test_it_fits_a_phone(browser, produced):
    options = {"viewport": PHONE, "is_mobile": True, "has_touch": True}
    with watched.opened(browser, produced / "report.html", **options) as report:
        assert report.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        report.assert_clean()


def test_it_prints_on_white(browser, produced, tmp_path):
    with watched.opened(browser, produced / "report.html", color_scheme="dark") as report:
        report.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
        report.page.emulate_media(media="print")
        style = "getComputedStyle(document.body).backgroundColor"
        assert report.page.evaluate(style) == "rgb(255, 255, 255)"
        report.assert_clean()
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("broken", "mended", "problem"),
    [
        ('"denseOnAll":', '"denseOnSome":', "error:"),
        ("Chart.defaults.animation", "Chart.nothing.animation", "error:"),
        ("'use strict';", "console.error('planted');", "console error: planted"),
        ("<footer>", '<img src="http://127.0.0.1:9/x.png"><footer>', "127.0.0.1:9"),
    ],
)
def test_a_page_that_is_broken_is_noticed(browser, produced, tmp_path, broken, mended, problem):
    text = (produced / "report.html").read_text()
    # The script stands behind the library, which has its own 'use strict'.
    head, mark, tail = text.rpartition(broken)
    assert mark == broken
    page = tmp_path / "broken.html"
    # A key stands wherever the report has an estimate.
    page.write_text(text.replace(broken, mended) if broken.endswith(":") else head + mended + tail)
    with watched.opened(browser, page) as report:
        report.page.wait_for_timeout(200)
        with pytest.raises(AssertionError):
            report.assert_clean()
        assert any(problem in each for each in report.problems)
