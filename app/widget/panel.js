// The panel: questions and answers, the box to ask in, and what keeps it usable by keyboard, ear and thumb.

const LONGEST_QUESTION = 2000;
// As many earlier questions as the server reads.
const FURTHEST_BACK = 8;
const SMALL = "(max-width: 480px), (max-height: 420px)";
const panelStyles = sheet(PANEL_CSS);
const ERRORS = {
  offline: "widget.error_offline", unreachable: "widget.error_unreachable", blocked: "widget.error_blocked",
  opaque: "widget.error_opaque", refused: "widget.error_refused", busy: "widget.error_busy", slow: "widget.error_slow",
  starting: "widget.error_starting", too_long: "decline.too_long", invalid: "error.control", broken: "widget.error_broken",
  failed: "error.failed",
};
const EXAMPLES = {
  tr: ["examples.one", "examples.two", "examples.three"],
  en: ["examples.four", "examples.five", "examples.six"],
};

class Panel {
  constructor(element, root) {
    Object.assign(this, { element, root, isShown: false, asking: null });
    this.t = (key, values) => phrase(PANEL_TEXTS, element.language, key, values);
    this.ending = new AbortController();
    this.memory = new Memory(element);
    const shadow = element.shadowRoot;
    shadow.adoptedStyleSheets = [shadow.adoptedStyleSheets[0], panelStyles];
    // Mounted from the start and filled with plain text, so that it is read out once.
    this.live = make("div", { class: "spoken", "aria-live": "polite" });
    this.node = this.build();
    root.append(this.node, this.live);
    this.refresh();
    for (const turn of this.memory.turns) this.restore(turn);
    this.watch();
  }

  build() {
    const isLauncher = this.element.isLauncher;
    this.heading = make("div", { id: "heading", class: "heading", role: "heading", "aria-level": headingLevel() });
    this.fresh = make("button", { type: "button", class: "plain fresh", click: () => { this.clear(); this.input.focus(); } });
    this.full = make("a", { target: "_blank", rel: "noopener", class: "full-page" });
    this.shut = make("button", { type: "button", class: "icon shut", click: () => this.element.close() }, "×");
    const tools = isLauncher ? [this.fresh, this.full, this.shut] : [this.fresh, this.full];
    this.intro = make("div", { class: "intro" });
    this.turns = make("div", { class: "turns" });
    this.log = make("div", { class: "log", part: "log", role: "log", "aria-live": "off", tabindex: "0" }, this.intro, this.turns);
    this.input = make("textarea", {
      part: "input", rows: "1", maxlength: LONGEST_QUESTION, autocomplete: "off", enterkeyhint: "send",
      keydown: (event) => this.typed(event), input: () => this.grow(),
    });
    this.send = make("button", { type: "button", class: "send", part: "send", click: () => this.submit() });
    return make("section", {
      id: "panel", class: "panel", part: "panel", role: isLauncher ? "dialog" : "group", "aria-labelledby": "heading",
      tabindex: "-1", hidden: true, inert: true, keydown: (event) => this.pressed(event),
    }, make("div", { class: "header", part: "header" }, this.heading, ...tools), this.log,
    make("div", { class: "ask" }, this.input, this.send));
  }

  watch() {
    const signal = this.ending.signal;
    const fit = () => this.fit();
    matchMedia(SMALL).addEventListener("change", fit, { signal });
    window.visualViewport?.addEventListener("resize", fit, { signal });
    window.visualViewport?.addEventListener("scroll", fit, { signal });
    const sizes = new ResizeObserver(() => this.tellHeight());
    for (const each of [this.intro, this.turns, this.input]) sizes.observe(each);
    signal.addEventListener("abort", () => sizes.disconnect());
  }

  // Everything that is said in the language of the widget.
  refresh() {
    const { element, t } = this;
    dressPanel(element, this.root, this.root.firstChild);
    this.heading.textContent = element.heading;
    this.fresh.textContent = t("widget.new");
    this.full.textContent = "↗";
    this.full.href = element.fullPage;
    this.full.title = t("widget.full_page");
    this.full.setAttribute("aria-label", t("widget.full_page"));
    this.shut.setAttribute("aria-label", t("widget.close"));
    this.log.setAttribute("aria-label", t("chat.conversation"));
    this.input.setAttribute("aria-label", t("chat.question"));
    this.input.placeholder = element.getAttribute("placeholder") || t("chat.placeholder");
    this.send.textContent = t("chat.ask");
    this.introduce();
    this.fit();
  }

  introduce() {
    const questions = starters(this.element) || EXAMPLES[this.element.language].map((key) => this.t(key));
    const items = questions.map((text) => make("li", null,
      make("button", { type: "button", class: "plain", click: () => this.ask(text) }, text)));
    this.intro.replaceChildren(make("p", null, this.t("widget.intro")), make("ul", { class: "starters" }, ...items));
    this.mood();
  }

  mood() {
    const isEmpty = !this.turns.hasChildNodes();
    this.intro.hidden = !isEmpty;
    this.fresh.hidden = isEmpty;
    this.send.setAttribute("aria-disabled", String(Boolean(this.asking)));
  }

  // Being open and closed

  show(byUser) {
    this.isShown = true;
    this.node.hidden = this.node.inert = false;
    this.fit();
    if (this.turns.lastElementChild) this.scrollTo(this.turns.lastElementChild);
    // On a small screen the keyboard would hide what there is to read.
    if (byUser) (this.isFull ? this.node : this.input).focus();
  }

  hide() {
    const hadFocus = this.node.contains(this.element.shadowRoot.activeElement);
    this.isShown = false;
    this.node.hidden = this.node.inert = true;
    this.fit();
    if (hadFocus) this.root.querySelector("button.launcher").focus();
  }

  focus() { this.input.focus(); }

  // A small screen is filled, whatever part of it the keyboard leaves; the page behind stands still.
  fit() {
    this.isFull = this.element.isLauncher && this.isShown && matchMedia(SMALL).matches;
    this.root.classList.toggle("full", this.isFull);
    if (this.isFull) this.node.setAttribute("aria-modal", "true");
    else this.node.removeAttribute("aria-modal");
    const view = window.visualViewport;
    const set = (name, value) => {
      if (this.isFull && view) this.root.style.setProperty(name, `${value}px`);
      else this.root.style.removeProperty(name);
    };
    set("--view-height", view?.height);
    set("--view-top", view?.offsetTop);
    this.lock(this.isFull);
  }

  lock(isLocked) {
    const page = document.documentElement.style;
    if (isLocked && this.overflow === undefined) {
      this.overflow = page.getPropertyValue("overflow");
      page.setProperty("overflow", "hidden");
    } else if (!isLocked && this.overflow !== undefined) {
      page.setProperty("overflow", this.overflow);
      this.overflow = undefined;
    }
  }

  // The height that all of it would take, for a page that wants to make room.
  tellHeight() {
    if (!this.isShown) return;
    const rest = this.node.offsetHeight - this.log.offsetHeight;
    const height = Math.ceil(this.intro.offsetHeight + this.turns.offsetHeight + rest + 32);
    if (height !== this.height) this.element.emit("resize", { height });
    this.height = height;
  }

  // The keyboard

  typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  pressed(event) {
    if (event.key === "Escape" && this.element.isLauncher) {
      event.stopPropagation();
      this.element.close();
    } else if (event.key === "F6") {
      event.preventDefault();
      const isInLog = this.log.contains(this.element.shadowRoot.activeElement);
      (isInLog ? this.input : this.log).focus();
    } else if (event.key === "Tab" && this.isFull) this.trap(event);
  }

  trap(event) {
    const all = [...this.node.querySelectorAll("button, a[href], textarea, [tabindex='0']")].filter((each) => each.getClientRects().length);
    const current = this.element.shadowRoot.activeElement;
    const edge = event.shiftKey ? all[0] : all[all.length - 1];
    if (current !== edge && !(event.shiftKey && current === this.node)) return;
    event.preventDefault();
    (event.shiftKey ? all[all.length - 1] : all[0]).focus();
  }

  grow() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${this.input.scrollHeight + 2}px`);
  }

  // Questions and answers

  submit() {
    const text = this.input.value.trim();
    if (!text || this.asking) return this.input.focus();
    this.input.value = "";
    this.grow();
    // A telephone's keyboard would stand before the answer.
    if (this.isFull) this.log.focus();
    return this.ask(text);
  }

  async ask(text, { language } = {}) {
    const question = text.trim().slice(0, LONGEST_QUESTION);
    if (!question) return null;
    this.asking?.abort();
    const asking = this.asking = new AbortController();
    const earlier = this.element.earlier || [];
    const history = [...earlier, ...this.memory.turns.map((turn) => turn.question)].slice(-FURTHEST_BACK);
    const view = new AnswerView(this.element, this.t, (next) => this.ask(next));
    view.text.append(make("span", { class: "waiting" }, this.t("widget.preparing")));
    view.node.setAttribute("aria-busy", "true");
    const turn = make("div", { class: "turn" }, this.asked(question), view.node);
    this.turns.append(turn);
    this.mood();
    this.log.scrollTop = this.log.scrollHeight;
    this.say(this.t("widget.preparing"));
    this.element.emit("question", this.told({ language: language || "auto" }, question));
    try {
      const body = { question, language: language || "auto", history };
      const answer = await askServer(this.element.src, body, asking.signal, (type, data) => this.heard(view, type, data));
      if (asking.signal.aborted) return null;
      this.answered(turn, view, question, answer);
      return { id: answer.id, status: answer.status, language: answer.language };
    } catch (error) {
      if (asking.signal.aborted) turn.remove();
      else this.failed(turn, question, language, error instanceof Failure ? error : new Failure("failed"));
      return null;
    } finally {
      if (this.asking === asking) this.asking = null;
      this.mood();
    }
  }

  heard(view, type, data) {
    if (type === "start") {
      view.setLanguage(data.language);
      // How many sentences come is not known while they are being written.
      view.setWritten(data.claims === null);
    }
    if (type !== "claim" || data.index !== view.shown) return;
    if (!view.shown) view.text.replaceChildren();
    view.addClaim(data.claim, data.citations);
  }

  answered(turn, view, question, answer) {
    view.finish(answer);
    view.node.removeAttribute("aria-busy");
    this.memory.add(question, answer);
    this.scrollTo(turn);
    this.say(this.t("widget.answered", { text: spoken(answer) }), answer.language);
    const detail = { id: answer.id, status: answer.status, language: answer.language, citations: answer.citations.length };
    this.element.emit("answer", this.told(detail, answer.text));
  }

  // The log alone is scrolled, never the page around it.
  scrollTo(node) {
    this.log.scrollTop += node.getBoundingClientRect().top - this.log.getBoundingClientRect().top - 8;
  }

  failed(turn, question, language, failure) {
    const words = this.t(ERRORS[failure.code], { seconds: failure.seconds || 5 });
    const retry = make("button", { type: "button", class: "plain", click: () => { turn.remove(); this.ask(question, { language }); this.input.focus(); } }, this.t("widget.retry"));
    const link = make("a", { href: this.element.fullPage, target: "_blank", rel: "noopener" }, this.t("widget.full_page"));
    const message = make("div", { class: "message bot failure", part: "bot message" }, make("p", null, words), make("p", { class: "ways" }, retry, link));
    if (this.element.isOpaque) message.append(make("p", { class: "address" }, this.element.fullPage));
    turn.replaceChildren(this.asked(question), message);
    this.log.scrollTop = this.log.scrollHeight;
    this.say(words);
    this.element.emit("error", { code: failure.code, status: failure.status });
  }

  restore({ question, answer }) {
    const view = new AnswerView(this.element, this.t, (next) => this.ask(next));
    view.finish(answer);
    this.turns.append(make("div", { class: "turn" }, this.asked(question), view.node));
    this.mood();
  }

  asked(question) {
    return make("div", { class: "message user", part: "user message" }, make("span", { class: "spoken" }, `${this.t("chat.your_question")}: `), visible(question));
  }

  // What an event says: the words themselves only where the page's author asks for them.
  told(detail, text) {
    return this.element.hasAttribute("expose-text") ? { ...detail, text } : detail;
  }

  say(text, language) {
    this.live.lang = language || this.element.language;
    this.live.textContent = text;
  }

  clear() {
    this.asking?.abort();
    this.memory.clear();
    this.element.earlier = [];
    this.turns.replaceChildren();
    this.say(this.t("widget.cleared"));
    this.mood();
  }

  destroy() {
    this.asking?.abort();
    this.ending.abort();
    this.lock(false);
    this.node.remove();
    this.live.remove();
  }
}

// The questions to begin with that the page's author gives, or null.
function starters(element) {
  try {
    const given = JSON.parse(element.getAttribute("starter"));
    return Array.isArray(given) ? given.filter((each) => typeof each === "string" && each.trim()).slice(0, 6) : null;
  } catch {
    return null;
  }
}

window.Dipnot._panel((element, root) => (element.mode === "iframe" ? new FrameHost(element, root) : new Panel(element, root)));
