"""Pages in a real browser: headless Chromium, with a profile of its own that is thrown away."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MISSING = "no Chromium on the path; Debian's package is `chromium`"
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=20000", "--hide-scrollbars", "--window-size=1280,844",
)  # fmt: skip
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
TIMEOUT_S = 60


@dataclass(frozen=True)
class Seen:
    """What came of opening a page."""

    dom: str
    console: list[str]  # what the page said, errors among it
    requested: set[str]  # what the page asked the network for; the browser's own requests are not counted

    @property
    def body(self) -> str:
        """The page as it came to be, without its scripts."""
        return re.sub(r"<script.*?</script>", "", self.dom, flags=re.DOTALL)

    @property
    def result(self) -> Any:
        """What the driver left in the page."""
        found = re.search(r'<pre id="result">(.*?)</pre>', self.dom, re.DOTALL)
        assert found, self.console
        return json.loads(html.unescape(found[1]))


def chromium() -> str:
    """The browser's command; where it is missing, a failure in CI and a skipped test elsewhere."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(MISSING)
    return found


def opened(page: Path, folder: Path) -> Seen:
    """Open a page and wait for its scripts."""
    folder.mkdir()
    more = (f"--user-data-dir={folder}", f"--log-net-log={folder / 'net.json'}")
    command = [chromium(), *OPTIONS, *more, "--dump-dom", page.absolute().as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_S, check=True)
    events = json.loads((folder / "net.json").read_text())["events"]
    asked = [event.get("params", {}) for event in events]
    requested = {p["url"] for p in asked if "url" in p and p.get("initiator") not in (None, "not an origin")}
    return Seen(done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line], requested)


def driven(page: Path, script: str, *, width: int) -> Path:
    """A page that frames a copy of a page, as wide as asked, and keeps the `result` that a script there comes to.

    A frame, because no window of the browser is as narrow as a phone. The copy has the script at its end, and not the
    policy of the page, which would not let that run.
    """
    start, body, end = POLICY.sub("", page.read_text()).rpartition("</body>")
    copy, frame = page.with_name("driven.html"), page.with_name("frame.html")
    send = 'parent.postMessage(JSON.stringify(result), "*");'
    copy.write_text(f"{start}<script>{script}{send}</script>{body}{end}")
    keep = 'addEventListener("message", (event) => { document.getElementById("result").textContent = event.data; });'
    framed = f'<iframe src="{copy.name}" width="{width}" height="844" frameborder="0"></iframe>'
    frame.write_text(f'<!doctype html><script>{keep}</script><pre id="result"></pre>{framed}')
    return frame
