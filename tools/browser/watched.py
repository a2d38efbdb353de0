"""A headless Chromium whose pages are watched: what a page logs, throws or asks the network for is kept."""

import contextlib
import dataclasses
import pathlib

from playwright import sync_api

CHROMIUM = "/usr/bin/chromium"
# A machine that is busy with other things is slow, not wrong.
TIMEOUT_MILLIS = 180_000


@dataclasses.dataclass
class Watched:
    """A page and everything about it that should not have been."""

    page: sync_api.Page
    problems: list[str]

    def assert_clean(self):
        assert self.problems == []


@contextlib.contextmanager
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser, file: pathlib.Path, **options):
    """A page opened from a file; any request but the one for that file is a problem."""
    url = file.resolve().as_uri()
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MILLIS)
    problems: list[str] = []

    def logged(message):
        if message.type in ("error", "warning"):
            problems.append(f"console {message.type}: {message.text}")

    def requested(request):
        if request.url != url:
            problems.append(f"request: {request.url}")

    page.on("console", logged)
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("request", requested)
    try:
        page.goto(url)
        yield Watched(page, problems)
    finally:
        context.close()
