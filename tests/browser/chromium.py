"""A headless chromium, and what it has against a page that it opened from disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.service import Service

INSTALL = "apt-get install -y chromium chromium-driver"
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
WIDTHS = (360, 1400)
SCHEMES = ("light", "dark")

FAULTS = r"""
const found = [], all = [...document.querySelectorAll('*')];
const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.getAttribute('class') ? '.' + e.getAttribute('class') : '');
const csp = document.head.firstElementChild;
if (!csp || csp.httpEquiv !== 'Content-Security-Policy' || !csp.content.includes("default-src 'none'") || csp.content.includes('script-src'))
  found.push('no Content-Security-Policy first in the head');
const ids = new Set();
for (const e of all) {
  if (['script', 'iframe', 'object', 'embed', 'form', 'base', 'link'].includes(e.localName)) found.push(`a <${e.localName}>`);
  if (e.id && ids.has(e.id)) found.push(`id ${e.id} twice`);
  ids.add(e.id);
  for (const {name: key, value} of e.attributes) {
    if (/^on/i.test(key)) found.push(`${name(e)} has ${key}`);
    if (!/^(xlink:)?(href|src|srcset|action|formaction|poster|data|background)$/i.test(key) || value.startsWith('data:image/')) continue;
    if (!value.startsWith('#') && !/^(\.\.\/){0,2}[A-Za-z0-9_]+(\/[A-Za-z0-9_]+)*\.html$/.test(value)) found.push(`${name(e)} leads to ${value}`);
    if (value.startsWith('#') && !document.getElementById(value.slice(1))) found.push(`${name(e)} leads to ${value}, which is not there`);
  }
  if (/url\((?!['"]?(#|data:))/.test(e.getAttribute('style') || '')) found.push(`${name(e)} has a style that loads`);
  if (e.localName === 'img' && !(e.getAttribute('alt') || '').trim()) found.push('an image without a name');
  if (e.localName === 'svg' && !e.closest('[aria-hidden=true]') && !((e.getAttribute('aria-label') || '').trim() && e.getAttribute('role') === 'img'))
    found.push(`${name(e)} without a name`);
}
const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => [Number(e.localName[1]), e.textContent.trim()]);
if (levels.filter(([level]) => level === 1).length !== 1) found.push('not exactly one h1');
let last = 0;
for (const [level, text] of levels) {
  if (level > last + 1) found.push(`h${level} "${text.slice(0, 60)}" after h${last}`);
  if (!text) found.push(`an empty h${level}`);
  last = level;
}
if (!document.title.trim()) found.push('no title');
return found;
"""

UNFOLDED = "document.querySelectorAll('details').forEach(each => each.open = true)"
OVERFLOW = r"""
const found = [], wide = document.documentElement.scrollWidth - innerWidth;
const name = e => e.localName + '.' + e.getAttribute('class');
if (wide > 0) {
  const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.vh,svg')).slice(-2).map(name);
  found.push(`${wide} px wider than the page's ${innerWidth}: ${out.join(', ')}`);
}
return found;
"""


def absent() -> str:
    """Returns what is missing for a browser and how to get it; an empty text where nothing is."""
    missing = [each for each in ("chromium", "chromedriver") if not shutil.which(each)]
    return f"needs {' and '.join(missing)}: {INSTALL}" if missing else ""


@contextmanager
def opened(profile: Path) -> Iterator[webdriver.Chrome]:
    """Yields a chromium that keeps its logs, with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for option in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    options.set_capability("unhandledPromptBehavior", "ignore")
    driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    driver.set_page_load_timeout(30)
    try:
        yield driver
    finally:
        driver.quit()


def looks(driver: webdriver.Chrome, width: int, scheme: str = "light") -> None:
    """Makes the window so wide, on a machine that is set to light or dark."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def page_faults(driver: webdriver.Chrome, path: Path, width: int, scheme: str = "light") -> list[str]:
    """Returns everything that is wrong with a page: requests, console messages, scripts, handlers, links out, overflow, ids, names, headings, policy."""
    looks(driver, width, scheme)
    logs(driver)
    driver.get(path.as_uri())
    found = [*driver.execute_script(FAULTS), *broken_links(driver, path), *driver.execute_script(OVERFLOW)]
    driver.execute_script(UNFOLDED)
    return [*found, *(f"unfolded: {each}" for each in driver.execute_script(OVERFLOW)), *logs(driver, path)]


def broken_links(driver: webdriver.Chrome, path: Path) -> list[str]:
    """Returns the links to pages that do not lie where they should."""
    hrefs = driver.execute_script("return [...document.querySelectorAll('a[href]')].map(e => e.getAttribute('href')).filter(e => !e.startsWith('#'))")
    return [f"a link to {href}, which is not there" for href in hrefs if not (path.parent / href).is_file()]


def logs(driver: webdriver.Chrome, path: Path | None = None) -> list[str]:
    """Returns what happened since the last call: console messages, dialogs, requests and navigations that are not the page itself."""
    own = path.as_uri() if path else ""
    try:
        dialog = [f"dialog: {driver.switch_to.alert.text}"]
        driver.switch_to.alert.dismiss()
    except NoAlertPresentException:
        dialog = []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    console = [f"console: {entry['message']}" for entry in driver.get_log("browser")]
    return [*dialog, *console, *(each for event in events if (each := _event(event, own)))]


def _event(event: dict[str, Any], own: str) -> str:
    method, facts = event["method"], event["params"]
    if method == "Network.requestWillBeSent":
        url = facts["request"]["url"]
        return "" if url.partition("#")[0] == own or url.startswith("data:") else f"request: {url}"
    if method == "Network.loadingFailed":
        return f"failed request: {facts.get('errorText')} {facts.get('blockedReason', '')}"
    if method == "Page.frameNavigated":
        url = facts["frame"]["url"]
        return "" if url == own else f"navigation: {url}"
    return f"window: {facts.get('url')}" if method == "Page.windowOpen" else ""
