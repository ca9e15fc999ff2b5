"""A browser that notes what a page does, and reads off what it holds that it may not."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from playwright.sync_api import Frame, Page

from app.visible import UNSEEN

# What our pages consist of: nothing that loads or plays, but for their own styles, scripts and forms.
PLAIN = """html head meta title link body header nav main article aside section footer div span p
h1 h2 h3 h4 h5 h6 a b i em strong small sup sub cite mark ol ul li dl dt dd table thead tbody tr th td caption
figure figcaption blockquote pre code details summary form fieldset legend label input button textarea select
option time hr br svg g defs pattern path rect circle line polyline text tspan iframe script style""".split()

# In what an answer is put into: no form beside that of the feedback, no frame, script or picture.
IN_ANSWER = """section div span p h1 h2 h3 h4 a b strong small sup ol ul li dl dt dd figure figcaption
blockquote pre details summary form fieldset legend label input button textarea header nav""".split()

_AUDIT = r"""([root, allowed, unseen]) => {
  const found = [];
  const top = root ? document.querySelector(root) : document.documentElement;
  const ways = "href src action formaction data poster xlink:href background srcset ping".split(" ");
  const below = (node) => [...node.querySelectorAll("*")].flatMap((one) =>
    (one.shadowRoot ? [one, ...below(one.shadowRoot)] : [one]));
  const pattern = new RegExp(unseen, "u");
  for (const element of [top, ...below(top)]) {
    const name = element.localName;
    if (!allowed.includes(name)) found.push(`<${name}>`);
    for (const { name: key, value } of element.attributes) {
      if (key.startsWith("on") || key === "srcdoc") found.push(`${name} ${key}`);
      if (key === "style" && /url\(|expression|@import/i.test(value)) found.push(`${name} style`);
      if (ways.includes(key)) {
        const url = new URL(value, location.href);
        if (url.origin !== location.origin && !(name === "link" && url.protocol === "data:")) {
          found.push(`${name} ${key}=${value}`);
        }
      }
      if (key === "http-equiv") found.push(`${name} http-equiv`);
    }
    if (element.matches(".unseen, .unseen *, script, style")) continue;
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && pattern.test(node.data)) {
        found.push(`unseen in ${JSON.stringify(node.data)}`);
      }
    }
  }
  if (window.owned !== undefined) found.push(`a script has run: ${window.owned}`);
  return found;
}"""


class Watch:
    """Notes what a page asks for and says while it is looked at."""

    def __init__(self, page: Page, site: str) -> None:
        self._page = page
        self._site = urlsplit(site).netloc
        self.noted: list[str] = []
        page.on("dialog", self._dialog)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.noted.append(f"an error in a script: {error}"))
        page.on("popup", lambda popup: self.noted.append(f"a window opened: {popup.url}"))
        page.on("download", lambda download: self.noted.append(f"a download: {download.url}"))
        page.context.on("request", lambda request: self._asked(request.url))

    def audit(self, root: str = "", allowed: list[str] = PLAIN) -> list[str]:
        """Return what has been noted, and what stands below ``root`` and in frames that may not."""
        found = [f"{self._page.url}: {one}" for one in self.noted]
        self.noted.clear()
        found += _audited(self._page.main_frame, root, allowed)
        for frame in self._page.frames[1:]:
            found += _audited(frame, "", PLAIN)
        return found

    def _dialog(self, dialog: object) -> None:
        self.noted.append(f"a dialog: {dialog}")
        dialog.dismiss()  # type: ignore[attr-defined]

    def _said(self, message: object) -> None:
        # What a policy blocks would have loaded or run.
        said = str(getattr(message, "text", message))
        if "owned" in said or "evil" in said or "Content Security Policy" in said:
            self.noted.append(f"the console says: {said}")

    def _asked(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._site:
            self.noted.append(f"a request to {address}")


def _audited(frame: Frame, root: str, allowed: list[str]) -> list[str]:
    found: list[str] = frame.evaluate(_AUDIT, [root, allowed, _as_in_javascript()])
    return [f"{frame.url}: {one}" for one in found]


def _as_in_javascript() -> str:
    """The pattern of unseen characters; a browser makes a line break of a carriage return."""
    pattern = UNSEEN.pattern.removesuffix("|\r(?!\n)")
    escaped = "".join(f"\\u{{{ord(char):x}}}" if char not in "[]-" else char for char in pattern)
    assert json.dumps(escaped).isascii()
    return escaped
