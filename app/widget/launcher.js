// The element <dipnot-chat>: its attributes, its button, and the panel that it fetches when first opened.
// `here` is the address of this script, `tag` the element that brought it; both may be missing.

const SETTINGS = [
  "src", "lang", "mode", "position", "theme", "accent", "radius", "z-index", "title", "placeholder", "open",
  "collection", "starter", "max-height", "no-persist", "nonce", "expose-text", "font",
];
const NAME = "dipnot-chat";
const FRONTMOST = 2147483000;
const base = (here || "").replace(/\/embed\/v\d+\/[^/]*$/, "");
const PANEL_URL = `${base}/embed/v1/${PANEL.file}`;

let factory = null;
let loading = null;
let policy = null;
let made = null;
const waiting = [];

// The panel's script, fetched once; where it cannot be had, the next attempt begins anew.
function panelFactory(root, nonce) {
  if (factory) return Promise.resolve(factory);
  loading = loading || new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = trusted(PANEL_URL);
    script.integrity = PANEL.integrity;
    script.crossOrigin = "anonymous";
    if (nonce) script.nonce = nonce;
    script.onload = () => resolve(factory);
    script.onerror = reject;
    root.append(script);
  }).finally(() => { loading = null; });
  return loading;
}

// Under Trusted Types the page must let a policy named "dipnot" be made; it passes one address alone.
function trusted(url) {
  if (!window.trustedTypes) return url;
  try {
    policy = policy || window.trustedTypes.createPolicy("dipnot", {
      createScriptURL(given) {
        if (given !== PANEL_URL) throw new TypeError("not an address of Dipnot");
        return given;
      },
    });
  } catch {
    return url;
  }
  return policy.createScriptURL(url);
}

function known(language) {
  const name = (language || "").slice(0, 2).toLowerCase();
  return name === "tr" || name === "en" ? name : "";
}

function defineElement() {
  const styles = sheet(LAUNCHER_CSS);

  class DipnotChat extends HTMLElement {
    static observedAttributes = SETTINGS;
    #root = null;
    #button = null;
    #notice = null;
    #probe = null;
    #panel = null;
    #opening = null;
    #ending = null;
    // Conversations outlast moving the element within the page.
    kept = {};

    get version() { return VERSION; }

    connectedCallback() {
      // "auto" is no language of HTML; without the attribute the element means the same.
      if (this.getAttribute("lang") === "auto") this.removeAttribute("lang");
      if (this.#root) return;
      this.#build();
      made = made || this;
      this.emit("ready", { version: VERSION });
      while (waiting.length) perform(this, waiting.shift());
      if (!this.isLauncher || this.hasAttribute("open")) this.#show(false);
    }

    disconnectedCallback() {
      // Within the same task it may only have been moved.
      queueMicrotask(() => { if (!this.isConnected) this.#tearDown(); });
    }

    attributeChangedCallback(name, before, after) {
      if (!this.#root || before === after) return;
      if (name === "open") {
        if (!this.isLauncher) return;
        if (this.hasAttribute("open")) this.#show(false);
        else this.#hide();
      } else if (["src", "mode", "starter", "collection"].includes(name)) {
        const wasOpen = this.#isShown;
        this.#tearDown();
        this.#build();
        if (wasOpen || !this.isLauncher) this.#show(false);
      } else {
        this.#dress();
      }
    }

    // What programs may call.

    open() { if (this.isLauncher) this.#show(true); }

    close() { if (this.isLauncher) this.#hide(); }

    toggle() {
      if (this.#isShown) this.close();
      else this.open();
    }

    async ask(text, options) {
      const panel = await this.#show(false);
      return panel?.ask(String(text), { language: known(options?.lang) });
    }

    clear() {
      if (this.#panel) this.#panel.clear();
      else this.forget();
    }

    setLang(language) {
      if (known(language)) this.setAttribute("lang", known(language));
      else this.removeAttribute("lang");
    }

    setTheme(theme) { this.setAttribute("theme", String(theme)); }

    focus(options) {
      if (this.#panel && this.#isShown) this.#panel.focus();
      else if (this.#button) this.#button.focus(options);
    }

    destroy() {
      this.remove();
      this.#tearDown();
    }

    // What the panel is told.

    get src() {
      try {
        const url = new URL(this.getAttribute("src") || base, document.baseURI);
        if (url.origin !== "null") return (url.origin + url.pathname).replace(/\/+$/, "");
      } catch { /* not an address: the script's own is taken */ }
      return base;
    }

    get mode() {
      const mode = this.getAttribute("mode");
      return mode === "inline" || mode === "iframe" ? mode : "launcher";
    }

    get isLauncher() { return this.mode === "launcher"; }

    get language() {
      return known(this.getAttribute("lang")) || known(document.documentElement.lang) || known(navigator.language) || "tr";
    }

    get theme() {
      const theme = this.getAttribute("theme");
      if (theme === "light" || theme === "dark") return theme;
      return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    }

    get heading() { return this.getAttribute("title") || this.text("widget.title"); }

    get fullPage() { return `${this.src}/?lang=${this.language}`; }

    // Whether the page is a frame without an origin of its own: no storage, and as a rule no new windows.
    get isOpaque() { return window.origin === "null"; }

    get isShown() { return this.#isShown; }

    text(key, values) { return phrase(TEXTS, this.language, key, values); }

    emit(name, detail) {
      this.dispatchEvent(new CustomEvent(`dipnot:${name}`, { detail: detail || {}, bubbles: true, composed: true }));
    }

    forget() {
      this.kept = {};
      try {
        sessionStorage.removeItem(`dipnot:${this.src}`);
      } catch { /* there is no storage, so nothing is kept in it */ }
    }

    // The parts.

    get #isShown() { return Boolean(this.#panel?.isShown) || Boolean(this.#notice); }

    #build() {
      const shadow = this.shadowRoot || this.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [styles];
      this.#ending = new AbortController();
      this.#probe = make("span", { hidden: true });
      // An empty title, so that the attribute of the element is no tooltip over all of it.
      this.#root = make("div", { class: "root", title: "", role: "region" }, this.#probe);
      if (this.isLauncher) {
        this.#button = make("button", {
          class: "launcher", part: "launcher", type: "button", "aria-expanded": "false", "aria-controls": "panel",
          click: () => this.toggle(),
        }, mark(), make("span", { class: "name" }));
        this.#root.append(this.#button);
      }
      shadow.replaceChildren(this.#root);
      const signal = this.#ending.signal;
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress(), { signal });
      this.#dress();
    }

    #tearDown() {
      this.#panel?.destroy();
      this.#ending?.abort();
      this.shadowRoot?.replaceChildren();
      this.#root = this.#button = this.#notice = this.#panel = this.#opening = null;
      if (made === this) made = null;
    }

    // Everything that follows from the attributes and from the page's custom properties.
    #dress() {
      const root = this.#root;
      if (!root) return;
      const theme = this.theme;
      const wanted = this.getAttribute("accent") || getComputedStyle(this).getPropertyValue("--dipnot-accent").trim();
      const accent = colour(this.#probe, wanted) || colour(this.#probe, theme === "dark" ? "#f0a79b" : "#7d1d1d");
      this.#set("--accent", css(accent));
      this.#set("--on-accent", css(bestOn(accent)));
      const given = (name) => (this.getAttribute(name) || "").trim();
      const length = (value) => (/^[\d.]+$/.test(value) ? `${value}px` : value);
      this.#set("--own-radius", length(given("radius")));
      this.#set("--own-max", length(given("max-height")));
      this.#set("--own-font", given("font") === "inherit" ? getComputedStyle(this.parentElement || document.body).fontFamily : "");
      const layer = Number.parseInt(given("z-index"), 10);
      this.#set("z-index", this.isLauncher ? String(Number.isFinite(layer) ? layer : FRONTMOST) : "");
      root.style.colorScheme = theme;
      root.lang = this.language;
      const side = this.#side();
      for (const name of ["launcher", "inline", "iframe"]) root.classList.toggle(name, name === this.mode);
      for (const name of ["left", "right"]) root.classList.toggle(name, name === side);
      root.setAttribute("aria-label", this.heading);
      if (this.#button) this.#button.lastChild.textContent = this.heading;
      this.#panel?.refresh();
    }

    #set(name, value) {
      if (value) this.#root.style.setProperty(name, value);
      else this.#root.style.removeProperty(name);
    }

    // On which side the button floats: "start" and "end" go by the direction in which the page is written.
    #side() {
      const position = this.getAttribute("position") || "bottom-right";
      const isRtl = getComputedStyle(this.parentElement || document.documentElement).direction === "rtl";
      if (position === "bottom-left" || position === (isRtl ? "end" : "start")) return "left";
      return "right";
    }

    #show(byUser) {
      this.#closeNotice();
      if (!this.#root) return Promise.resolve(null);
      this.#opening = this.#opening || this.#load();
      return this.#opening.then((panel) => {
        if (!panel || !this.#root) return null;
        this.#dress();
        if (!panel.isShown) {
          panel.show(byUser);
          this.#reflect(true);
          if (this.isLauncher) this.emit("open");
        }
        return panel;
      });
    }

    async #load() {
      const root = this.#root;
      this.#button?.setAttribute("aria-busy", "true");
      try {
        const makePanel = await panelFactory(root, this.nonce || this.getAttribute("nonce"));
        if (root !== this.#root) return null;
        this.#panel = makePanel(this, root);
        return this.#panel;
      } catch {
        this.#opening = null;
        if (root === this.#root) this.#fail();
        return null;
      } finally {
        this.#button?.removeAttribute("aria-busy");
      }
    }

    #hide() {
      this.#closeNotice();
      const wasShown = this.#panel?.isShown;
      if (wasShown) this.#panel.hide();
      this.#reflect(false);
      if (wasShown) this.emit("close");
    }

    #reflect(isOpen) {
      this.#button?.setAttribute("aria-expanded", String(isOpen));
      this.#root.classList.toggle("is-open", isOpen);
      if (this.isLauncher) this.toggleAttribute("open", isOpen);
    }

    // Never a blank panel: what went wrong, another try, and the way to the full page.
    #fail() {
      const retry = make("button", { type: "button", class: "plain", click: () => this.#show(true) }, this.text("widget.retry"));
      const link = make("a", { href: this.fullPage, target: "_blank", rel: "noopener" }, this.text("widget.full_page"));
      this.#notice = make("div", { class: "notice", part: "panel", role: "alert" }, make("p", null, this.text("widget.not_loaded")), make("p", null, retry, " ", link));
      if (this.isOpaque) this.#notice.append(make("p", { class: "address" }, this.fullPage));
      this.#notice.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
      this.#root.append(this.#notice);
      this.#button?.setAttribute("aria-expanded", "true");
      this.emit("error", { code: "not_loaded" });
    }

    #closeNotice() {
      if (!this.#notice) return;
      this.#notice.remove();
      this.#notice = null;
      this.#button?.setAttribute("aria-expanded", "false");
      this.#button?.focus();
    }
  }

  customElements.define(NAME, DipnotChat);
}

// Dipnot's sign: a D with a footnote's number.
function mark() {
  const [svg, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M5 26V7h7q10 0 10 9.500T12 26zm4-3h3q6 0 6-6.500T12 10H9zM25 13V6l-2 1V5l3-1h1v9z");
  svg.append(path);
  return svg;
}

// A call as it stands in the queue: ["ask", "…"], or a function.
function perform(element, call) {
  if (typeof call === "function") call(element);
  else if (Array.isArray(call) && METHODS.includes(call[0])) return element[call[0]](...call.slice(1));
}

const METHODS = ["open", "close", "toggle", "ask", "clear", "setLang", "setTheme", "focus", "destroy"];

function makeGlobal(queue) {
  const current = () => (made?.isConnected ? made : document.querySelector(NAME));
  const put = (call) => {
    const element = current();
    if (element instanceof (customElements.get(NAME) || Function)) return perform(element, call);
    waiting.push(call);
  };
  const shared = { version: VERSION, q: { push: (...calls) => calls.forEach(put) } };
  for (const name of METHODS) shared[name] = (...given) => put([name, ...given]);
  shared._panel = (given) => { factory = factory || given; };
  if (Array.isArray(queue)) waiting.push(...queue);
  return shared;
}

// The element that a script tag asks for: a button over the page, or the chat where the script stands.
function place() {
  const given = SETTINGS.filter((name) => tag.hasAttribute(`data-${name}`));
  // In the frame the chat fills the page, and that is the frame's script's to do.
  if (document.documentElement.hasAttribute("data-dipnot-frame")) return;
  if (!given.length && document.querySelector(NAME)) return;
  const element = document.createElement(NAME);
  for (const name of given) {
    const value = tag.getAttribute(`data-${name}`);
    if (!(name === "lang" && value === "auto")) element.setAttribute(name, value);
  }
  if (tag.nonce) element.nonce = tag.nonce;
  if (element.isLauncher || !document.body.contains(tag)) document.body.append(element);
  else tag.after(element);
}

// What a browser gets that is too old for the element.
function placeLink() {
  const words = phrase(TEXTS, known(document.documentElement.lang) || "tr", "widget.title");
  document.body.append(make("a", { href: tag.getAttribute("data-src") || base }, words));
}

function whenBodyStands(work) {
  if (document.body && document.readyState !== "loading") work();
  else document.addEventListener("DOMContentLoaded", work, { once: true });
}

function start() {
  if (typeof window === "undefined" || !window.customElements) return { version: VERSION, q: [] };
  if (customElements.get(NAME)) return window.Dipnot;
  window.Dipnot = makeGlobal(window.Dipnot?.q);
  const isKnown = "adoptedStyleSheets" in document;
  if (isKnown) defineElement();
  if (tag) whenBodyStands(isKnown ? place : placeLink);
  return window.Dipnot;
}
