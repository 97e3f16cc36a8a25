"""Pictures of pages: headless Chromium at twice the density, few enough colours for a small file."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

MOST_BYTES = 200_000
WIDTH, SCALE = 1100, 2
FRAME, GREY = 4, "#bbbbbb"
COLOURS = (256, 128, 64, 32, 16)
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000",
)  # fmt: skip
TIMEOUT_S = 60


def shot(page: Path, target: Path, *, width: int = WIDTH, shown: int | None = None) -> None:
    """The top of a page, a square of so many CSS pixels, or what is shown of it from the left, as a PNG.

    Raises:  FileNotFoundError where there is no Chromium; OSError where nothing came of it.
    """
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        raise FileNotFoundError("no Chromium on the path; Debian's package is `chromium`")
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "shot.png"
        size = (f"--force-device-scale-factor={SCALE}", f"--window-size={width},{width}", f"--screenshot={taken}")
        command = [browser, *OPTIONS, *size, f"--user-data-dir={folder}/profile", page.absolute().as_uri()]
        subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT_S)  # noqa: S603 - a page of ours
        side = SCALE * (shown or width)
        target.write_bytes(small(Image.open(taken).crop((0, 0, side, side))))


def small(picture: Image.Image) -> bytes:
    """A picture in a thin frame as a PNG of at most 200 kB, in as many colours as that allows.

    Raises:  ValueError if the fewest colours are too many.
    """
    framed = ImageOps.expand(picture.convert("RGB"), FRAME, GREY)
    for colours in COLOURS:
        buffer = io.BytesIO()
        framed.quantize(colours, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
        if buffer.tell() <= MOST_BYTES:
            return buffer.getvalue()
    raise ValueError(f"a picture of {picture.size} is {buffer.tell()} bytes in {COLOURS[-1]} colours")


def leaf(paper: Path, heading: str, target: Path) -> None:
    """The upper square of the last page of a PDF that has a heading on it; the first is in the table of contents.

    Raises:  ValueError if none has.
    """
    import pypdfium2

    leaves = list(pypdfium2.PdfDocument(paper))
    found = [one for one in leaves if heading in one.get_textpage().get_text_range()]
    if not found:
        raise ValueError(f"no page of {paper} has {heading!r} on it")
    drawn = found[-1].render(scale=WIDTH * SCALE / found[-1].get_width()).to_pil()
    target.write_bytes(small(drawn.crop((0, 0, drawn.width, drawn.width))))
