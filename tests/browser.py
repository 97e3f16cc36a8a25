"""Pages in a real browser, asked and driven by the DevTools protocol over a pipe: one headless Chromium for many pages.

The page is opened as it is, with its own policy; what is asked of it is evaluated from outside, which no policy forbids.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.browser import chromium

OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
    "--force-color-profile=srgb", "--disable-dev-shm-usage",
)  # fmt: skip
TIMEOUT_S = 60.0
KEYS = {"Tab": ("Tab", 9), "Enter": ("Enter", 13), "ArrowDown": ("ArrowDown", 40)}


class Browser:
    """A browser on a pipe.

    Raises:  AssertionError when it says that a command failed, or says nothing for a minute.
    """

    def __init__(self, folder: Path) -> None:
        program = chromium()
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'  # the browser reads from 3 and writes to 4
        self._process = subprocess.Popen(
            ["bash", "-c", command, program, *OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(to_browser, from_browser), stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._numbers, self._rest = itertools.count(1), b""
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End it, with all that it has started."""
        os.close(self._write)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._read)

    def ask(self, method: str, session: str | None = None, **params: Any) -> Any:
        """What comes of a command; events that come before it are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            got = self._next()
            if got.get("id") == number:
                assert "error" not in got, (method, got["error"])
                return got["result"]
            self.events.append(got)

    def wait_for(self, event: str, session: str) -> dict[str, Any]:
        """The next event of this name, or one that has come and was not waited for."""
        while True:
            for i, got in enumerate(self.events):
                if got.get("method") == event and got.get("sessionId") == session:
                    return self.events.pop(i)
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], TIMEOUT_S)
            assert ready, "the browser says nothing"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser is gone"
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(first)
        return found


class Tab:
    """A page that is open: what it says, what it asks the network for, and what it shows.

    Units:   sizes in CSS pixels.
    """

    def __init__(self, browser: Browser, page: Path, *, width: int = 1200, height: int = 900) -> None:
        self.browser = browser
        self._target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.resize(width, height)
        self.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        self.address = page.absolute().as_uri()
        self.ask("Page.navigate", url=self.address)
        browser.wait_for("Page.loadEventFired", self._session)

    def ask(self, method: str, **params: Any) -> Any:
        """What comes of a command to this tab."""
        return self.browser.ask(method, self._session, **params)

    def run(self, script: str) -> Any:
        """What an expression comes to in the page; a promise is waited for."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """Make the window so large, smaller than a window of the browser can be."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def emulate(self, *, media: str = "", scheme: str = "light") -> None:
        """Show the page on another medium, or in another scheme of colours."""
        self.ask(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        name, code = KEYS[key]
        about = {"key": name, "code": name, "windowsVirtualKeyCode": code, "text": "\r" if key == "Enter" else ""}
        self.ask("Input.dispatchKeyEvent", type="keyDown" if about["text"] else "rawKeyDown", **about)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self.ask("Input.insertText", text=text)

    def _of(self, method: str) -> Iterator[dict[str, Any]]:
        self.run("0")  # whatever was said before has come by then
        for got in self.browser.events:
            if got.get("sessionId") == self._session and got.get("method") == method:
                yield got["params"]

    @property
    def said(self) -> list[str]:
        """What the page has said on its console: its own words, errors, what its policy kept from happening."""
        words = [" ".join(str(a.get("value", a)) for a in p["args"]) for p in self._of("Runtime.consoleAPICalled")]
        words += [p["exceptionDetails"]["text"] for p in self._of("Runtime.exceptionThrown")]
        return words + [p["entry"]["text"] for p in self._of("Log.entryAdded")]

    @property
    def requested(self) -> set[str]:
        """What the page has asked for besides itself and what stands in it."""
        urls = {p["request"]["url"] for p in self._of("Network.requestWillBeSent")}
        return {url for url in urls if url.partition("#")[0] != self.address and not url.startswith("data:")}

    def close(self) -> None:
        self.browser.ask("Target.closeTarget", targetId=self._target)
