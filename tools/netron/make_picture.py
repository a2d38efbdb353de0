"""Takes a picture of a model in Netron, one node selected so that its metadata show."""

import argparse
import io
import pathlib
import socket
import tempfile
import time

import netron
from PIL import Image
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

SECONDS = 60
SIDEBAR_SLIDES_IN_SECONDS = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def browser(arguments, profile):
    options = webdriver.ChromeOptions()
    options.binary_location = arguments.chromium
    for option in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "hide-scrollbars",
        f"force-device-scale-factor={arguments.scale}",
        f"user-data-dir={profile}",
    ):
        options.add_argument("--" + option)
    service = webdriver.ChromeService(executable_path=arguments.chromedriver)
    driver = webdriver.Chrome(options=options, service=service)
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {
            "width": arguments.width,
            "height": arguments.height,
            "deviceScaleFactor": arguments.scale,
            "mobile": False,
        },
    )
    return driver


def select(driver, name):
    """Opens the sidebar of a node."""
    found = driver.execute_script(
        """
        const group = document.getElementById('node-name-' + arguments[0]);
        group?.querySelector('.node-item-type').dispatchEvent(new MouseEvent('click', {bubbles: true}));
        return group !== null;
        """,
        name,
    )
    if not found:
        raise SystemExit(f"there is no node '{name}'")


def frame(driver, first, last):
    """Brings the part of the graph between two nodes to the middle of what the sidebar leaves free."""
    driver.execute_script(
        """
        const box = name => document.getElementById('node-name-' + name).getBoundingClientRect();
        const target = document.getElementById('target');
        const canvas = document.getElementById('canvas');
        const free = document.getElementById('sidebar').getBoundingClientRect().left;
        target.style.width = free + 'px';
        // Wide enough for the keys of the metadata, which Netron would cut short.
        for (const name of document.querySelectorAll('#sidebar-content .sidebar-item-name')) {
            name.style.width = '175px';
            name.style.maxWidth = '175px';
            name.style.minWidth = '175px';
        }
        const middle = (box(arguments[0]).top + box(arguments[1]).bottom) / 2;
        target.scrollTop += middle - window.innerHeight / 2;
        const graph = canvas.getBoundingClientRect();
        target.scrollLeft += (graph.left + graph.right) / 2 - free / 2;
        """,
        first,
        last,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--node", required=True, help="name of the node to select")
    parser.add_argument(
        "--frame",
        nargs=2,
        metavar=("FIRST", "LAST"),
        required=True,
        help="names of the nodes at the top and the bottom of the picture",
    )
    parser.add_argument("--width", type=int, default=960)
    parser.add_argument("--height", type=int, default=850)
    parser.add_argument("--scale", type=float, default=1.5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--chromedriver", default="/usr/bin/chromedriver")
    arguments = parser.parse_args()

    address = ("127.0.0.1", free_port())
    netron.serve(str(arguments.model), None, address=address)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = browser(arguments, profile)
        try:
            # The page asks for consent once; the cookie has to be there before it is opened.
            driver.get(f"http://{address[0]}:{address[1]}/favicon.ico")
            driver.add_cookie({"name": "consent", "value": "1"})
            driver.get(f"http://{address[0]}:{address[1]}")
            wait = WebDriverWait(driver, SECONDS)
            body = "return document.body.className.split(' ')"
            wait.until(lambda d: "default" in d.execute_script(body))
            select(driver, arguments.node)
            item = "return document.querySelectorAll('#sidebar-content .sidebar-item').length"
            wait.until(lambda d: d.execute_script(item) > 0)
            time.sleep(SIDEBAR_SLIDES_IN_SECONDS)
            frame(driver, *arguments.frame)
            png = driver.get_screenshot_as_png()
        finally:
            driver.quit()
    netron.stop(address)
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(arguments.output, optimize=True)


if __name__ == "__main__":
    main()
