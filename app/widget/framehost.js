// mode="iframe": the frame in the page, and the page's side of the conversation with it.

const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";
// A frame that has loaded and says nothing for so long was refused, in milliseconds.
const SILENT = 8000;
// What the page may set of the chat within the frame.
const PASSED = ["title", "placeholder", "accent", "radius", "starter", "no-persist", "expose-text"];

class FrameHost {
  constructor(element, root) {
    Object.assign(this, { element, root, isShown: false, isReady: false, unsent: [], asked: new Map(), count: 0 });
    this.t = (key, values) => phrase(PANEL_TEXTS, element.language, key, values);
    element.shadowRoot.adoptedStyleSheets = [element.shadowRoot.adoptedStyleSheets[0], panelStyles];
    this.ending = new AbortController();
    this.build();
    window.addEventListener("message", (event) => this.heard(event), { signal: this.ending.signal });
  }

  build() {
    const { element } = this;
    const url = new URL(`${element.src}/embed/v1/frame`);
    this.origin = url.origin;
    const given = { lang: element.language, theme: element.getAttribute("theme"), collection: element.getAttribute("collection"), host: location.origin };
    for (const [name, value] of Object.entries(given)) if (value) url.searchParams.set(name, value);
    this.frame = make("iframe", {
      class: "frame", src: url.href, sandbox: SANDBOX, title: element.heading, loading: "lazy",
      referrerpolicy: "strict-origin", allow: "clipboard-write", load: () => this.hello(),
    });
    this.root.append(this.frame);
  }

  hello() {
    const settings = {};
    for (const name of PASSED) if (this.element.hasAttribute(name)) settings[name] = this.element.getAttribute(name);
    const channel = new MessageChannel();
    this.port?.close();
    this.port = channel.port1;
    this.port.onmessage = (event) => this.told(message(event.data, TO_HOST));
    const payload = { lang: this.element.language, theme: this.element.getAttribute("theme") || "auto", settings };
    this.frame.contentWindow.postMessage(envelope("hello", payload), this.origin, [channel.port2]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refused(), SILENT);
  }

  heard(event) {
    if (event.source !== this.frame.contentWindow || ![this.origin, "null"].includes(event.origin)) return;
    const given = message(event.data, TO_HOST);
    // A frame that is ready before it was greeted is greeted now; all else but its height comes by the port.
    if (given?.type === "ready" && !this.port) this.hello();
    else if (given?.type === "resize") this.told(given);
  }

  told(given) {
    if (!given) return;
    const { type, id, payload } = given;
    if (type === "ready" && !this.isReady) {
      clearTimeout(this.timer);
      this.isReady = true;
      this.trouble?.remove();
      for (const [kind, content, name] of this.unsent.splice(0)) this.send(kind, content, name);
    } else if (type === "resize" && Number.isFinite(payload.height) && payload.height > 0) {
      this.resize(payload.height);
    } else if (type === "answer" || type === "error") {
      this.asked.get(id)?.(type === "answer" ? payload : null);
      this.asked.delete(id);
      this.element.emit(type, payload);
    }
  }

  // Only a page that sets how high it may get has the frame follow its content.
  resize(height) {
    if (this.element.hasAttribute("max-height")) this.frame.style.setProperty("height", `${Math.min(Math.max(height, 240), 20000)}px`);
    this.element.emit("resize", { height });
  }

  send(type, payload, id) {
    if (this.isReady) this.port.postMessage(envelope(type, payload, id));
    else this.unsent.push([type, payload, id]);
  }

  refused() {
    this.trouble = make("div", { class: "notice", role: "alert" }, make("p", null, this.t("widget.frame_refused")),
      make("p", null, make("a", { href: this.element.fullPage, target: "_blank", rel: "noopener" }, this.t("widget.full_page"))));
    this.root.append(this.trouble);
    this.element.emit("error", { code: "refused" });
  }

  // As a Panel is told.

  show() { this.isShown = true; }

  hide() { this.isShown = false; }

  focus() { this.frame.focus(); }

  ask(text, { language } = {}) {
    const id = `ask-${this.count += 1}`;
    this.send("ask", { text, lang: language || "" }, id);
    return new Promise((resolve) => this.asked.set(id, resolve));
  }

  refresh() {
    dressPanel(this.element, this.root, this.root.firstChild);
    this.frame.title = this.element.heading;
    this.send("set-lang", { lang: this.element.language });
    this.send("set-theme", { theme: this.element.getAttribute("theme") || "auto" });
  }

  clear() { this.send("clear"); }

  destroy() {
    clearTimeout(this.timer);
    this.ending.abort();
    this.port?.close();
    this.frame.remove();
    this.trouble?.remove();
  }
}
