"""Takes the picture of a report that the README shows: its top and its charts, reduced to few colours."""

import argparse
import io
import pathlib

import watched
from PIL import Image


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=pathlib.Path, help="what --report wrote")
    parser.add_argument("picture", type=pathlib.Path, help="a .png file")
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--height", type=int, default=1500)
    parser.add_argument("--from", dest="first", default="heading", help="id of what is at the top")
    parser.add_argument("--dark", action="store_true")
    arguments = parser.parse_args()
    options = {
        "viewport": {"width": arguments.width, "height": arguments.height},
        "color_scheme": "dark" if arguments.dark else "light",
    }
    with watched.chromium() as browser, watched.opened(browser, arguments.page, **options) as report:
        report.page.evaluate("id => document.getElementById(id).scrollIntoView()", arguments.first)
        png = report.page.screenshot()
        report.assert_clean()
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(96, dither=Image.Dither.NONE)
    image.save(arguments.picture, optimize=True)


if __name__ == "__main__":
    main()
