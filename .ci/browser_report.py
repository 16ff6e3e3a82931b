"""Looks at report.html in Chromium, over the DevTools protocol: browser_report.py AXE_JS DIRECTORY...

At 390 and 1280 pixels, light and dark: nothing but the file is loaded, nothing is wrong on the console, the page
does not scroll sideways, each failure is opened by keyboard, and axe-core finds nothing. Screenshots are kept
beside the report.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile


class Browser:
    """Chromium, asked over a pair of pipes."""

    def __init__(self, profile):
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()
        # The protocol is spoken on the descriptors 3 and 4.
        shell = 'exec "$@" 3<&{} 4>&{}'.format(to_read, to_write)
        arguments = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe",
                     f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(["bash", "-c", shell, "bash", *arguments], pass_fds=(to_read, to_write),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.unread, self.last, self.events, self.session = b"", 0, [], None

    def message(self):
        while b"\0" not in self.unread:
            some = os.read(self.read, 1 << 16)
            if not some:
                raise SystemExit("the browser has ended")
            self.unread += some
        text, self.unread = self.unread.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **parameters):
        self.last += 1
        request = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.last:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, address):
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.events = []
        return target

    def go(self, address):
        self.ask("Page.navigate", url=address)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message())

    def tell(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression[:80]}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def press(self, key):
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def picture(self, file):
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=False)["data"]
        file.write_bytes(base64.b64decode(data))


def check(holds, what):
    if not holds:
        raise SystemExit(f"FAIL  {what}")


FOCUSED = """(() => { const e = document.activeElement, s = getComputedStyle(e);
    return { result: e.matches('details.result > summary'), open: !!e.parentElement?.open, name: e.innerText,
             seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
             covered: e.getBoundingClientRect().top < document.querySelector('.bar').getBoundingClientRect().bottom - 1
                      && !e.closest('.bar') && !e.matches('.skip, main') }; })()"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look(browser, directory, width, scheme, axe):
    page = (directory / "report.html").resolve()
    what = f"{directory.name} at {width} px, {scheme}"
    target = browser.open(page)
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
    browser.ask("Emulation.setEmulatedMedia", media="screen",
                features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.go(page.as_uri())
    browser.picture(directory / f"{width}-{scheme}-closed.png")
    check(browser.tell(OVERFLOW) <= 0, f"{what}: it scrolls sideways")
    dark = browser.tell("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(c => c < 128)")
    check(dark == (scheme == "dark"), f"{what}: the background is of the other scheme")

    # By keyboard alone: the first stop skips the bar, and each failure opens.
    browser.press("Tab")
    check(browser.tell("document.activeElement.matches('.skip')"), f"{what}: no link to skip by")
    count = browser.tell("document.querySelectorAll('details.result').length")
    check(count > 0, f"{what}: there is no failure")
    opened = 0
    for _ in range(2000):
        if opened == count:
            break
        browser.press("Tab")
        focused = browser.tell(FOCUSED)
        check(focused["seen"], f"{what}: the focus on {focused['name']!r} is not seen")
        check(not focused["covered"], f"{what}: {focused['name']!r} is behind the bar")
        if focused["result"] and not focused["open"]:
            browser.press("Enter")
            check(browser.tell(FOCUSED)["open"], f"{what}: {focused['name']!r} does not open")
            opened += 1
    check(opened == count, f"{what}: {opened} of {count} failures were reached by keyboard")
    browser.picture(directory / f"{width}-{scheme}-open.png")

    # A link to a failure opens it.
    browser.tell("document.querySelectorAll('details').forEach(d => d.open = false)")
    browser.tell("document.querySelector('#matrix ~ .box td a').click()")
    check(browser.tell("document.querySelector('details.result:target, details.result:has(:target)').open"),
          f"{what}: the matrix's link does not open the failure")

    browser.tell("document.querySelectorAll('details').forEach(d => d.open = true)")
    check(browser.tell(OVERFLOW) <= 0, f"{what}: it scrolls sideways when all is open")
    browser.tell(axe)
    found = browser.tell("axe.run(document).then(r => r.violations.map(v => v.id + ': ' + v.help + ': '"
                         " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' | ')))")
    check(not found, f"{what}: axe-core: " + "\n".join(found or []))

    browser.ask("Emulation.setEmulatedMedia", media="print")
    check(browser.tell("getComputedStyle(document.querySelector('.bar')).position") == "static",
          f"{what}: the bar sticks in print")
    loaded = [event["params"]["request"]["url"] for event in browser.events
              if event["method"] == "Network.requestWillBeSent"]
    check(set(loaded) == {page.as_uri()}, f"{what}: it loads {loaded}")
    bad = [event for event in browser.events if event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")
           or (event["method"] == "Runtime.consoleAPICalled" and event["params"]["type"] in ("error", "warning"))]
    check(not bad, f"{what}: on the console: {bad}")
    browser.session = None
    browser.ask("Target.closeTarget", targetId=target)
    print(f"ok    {what}: {count} failures")


def main():
    axe = pathlib.Path(sys.argv[1]).read_text()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            for directory in map(pathlib.Path, sys.argv[2:]):
                for width in (390, 1280):
                    for scheme in ("light", "dark"):
                        look(browser, directory, width, scheme, axe)
        finally:
            browser.process.terminate()
            browser.process.wait()


main()
