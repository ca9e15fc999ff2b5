// One answer on the page: sentences with footnotes, the card of a source, and what stands below.

const BOLD = /\*\*(.+?)\*\*/g;
const SIGNS = { verbatim: "❝", translation: "⇄", generated: "✎", written: "✦" };
const SUPPORTS = { verbatim: "support.verbatim", translation: "support.translation", generated: "support.generated", written: "support.written" };
let lastId = 0;

class AnswerView {
  // onAsk(question): a follow-up question was chosen.
  constructor(element, t, onAsk) {
    Object.assign(this, { element, t, onAsk, shown: 0, isWritten: false, citations: new Map(), opener: null });
    this.id = `answer-${lastId += 1}`;
    this.text = make("p", { class: "text" });
    this.slot = make("div", { class: "slot" });
    this.tail = make("div", { class: "tail" });
    this.node = make("div", { class: "message bot", part: "bot message" }, this.text, this.slot, this.tail);
  }

  setLanguage(language) {
    this.language = language === "en" ? "en" : "tr";
    this.text.lang = this.language;
  }

  // isWritten: a language model writes the answer. What is drawn otherwise is drawn again.
  setWritten(isWritten) {
    const isOther = this.isWritten !== isWritten;
    this.isWritten = isWritten;
    if (!this.shown || !isOther) return;
    this.shown = 0;
    this.text.replaceChildren();
  }

  kindOf(claim) {
    if (claim.support === "generated" && this.isWritten) return "written";
    return SUPPORTS[claim.support] ? claim.support : "generated";
  }

  addClaim(claim, citations) {
    for (const citation of citations) this.citations.set(citation.n, citation);
    const kind = this.kindOf(claim);
    const words = make("span", { class: `claim ${kind}` }, ...bold(claim.text));
    const sign = make("span", { class: "sign", role: "img", "aria-label": this.t(SUPPORTS[kind]), title: this.t(SUPPORTS[kind]), lang: this.element.language }, SIGNS[kind]);
    const numbers = claim.citations.filter((n) => this.citations.has(n)).map((n) => this.footnote(n));
    this.text.append(words, " ", make("span", { class: "notes" }, ...numbers, sign), " ");
    this.shown += 1;
  }

  footnote(n) {
    const { title, page } = this.citations.get(n);
    return make("button", {
      type: "button", class: "footnote", part: "citation", "aria-expanded": "false", lang: this.element.language,
      "aria-label": this.t("widget.source_named", { n, title, page }), "data-n": n, click: (event) => this.toggle(n, event.currentTarget),
    }, `[${n}]`);
  }

  finish(answer) {
    this.setLanguage(answer.language);
    this.setWritten(Boolean(answer.draft));
    for (const citation of answer.citations) this.citations.set(citation.n, citation);
    for (const claim of answer.claims.slice(this.shown)) this.addClaim(claim, []);
    if (!answer.claims.length) this.text.replaceChildren(...bold(answer.text));
    this.node.classList.toggle("declined", answer.status === "declined");
    const parts = [this.disagreement(answer), this.legend(answer), this.nearness(answer), this.nearest(answer), this.followUps(answer)];
    this.tail.replaceChildren(...parts.filter(Boolean));
  }

  disagreement(answer) {
    if (!answer.disagreement) return null;
    const { about, citations } = answer.disagreement;
    const numbers = citations.filter((n) => this.citations.has(n)).map((n) => this.footnote(n));
    const words = this.t("chat.disagreement", { about });
    return make("p", { class: "disagreement" }, make("span", { class: "sign", "aria-hidden": "true" }, "≠"), ` ${words} `, ...numbers);
  }

  legend(answer) {
    const kinds = Object.keys(SIGNS).filter((kind) => answer.claims.some((claim) => this.kindOf(claim) === kind));
    if (!kinds.length) return null;
    const parts = kinds.map((kind) => make("span", null, make("span", { class: "sign" }, SIGNS[kind]), ` ${this.t(SUPPORTS[kind])}`));
    return make("p", { class: "legend", "aria-hidden": "true" }, ...parts);
  }

  nearness(answer) {
    const written = answer.claims.filter((claim) => this.kindOf(claim) === "written");
    if (!written.length) return null;
    const shown = new Intl.NumberFormat(this.element.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const scores = written.map((claim) => shown.format(claim.score)).join("; ");
    return make("p", { class: "small" }, this.t("support.nearness", { scores }));
  }

  nearest(answer) {
    if (!answer.nearest.length) return null;
    const items = answer.nearest.map((near) => make("li", null,
      make("blockquote", { lang: near.language }, near.text), this.place(near), this.link(near.url, near)));
    return this.section("nearest", this.t("chat.nearest"), make("ul", null, ...items));
  }

  followUps(answer) {
    if (!answer.follow_ups.length) return null;
    const items = answer.follow_ups.map((question) => make("li", null,
      make("button", { type: "button", class: "plain", lang: answer.language, click: () => this.onAsk(question) }, question)));
    return this.section("follow-ups", this.t("chat.follow_ups"), make("ul", null, ...items));
  }

  section(name, heading, content) {
    const id = `${this.id}-${name}`;
    return make("div", { class: name, role: "group", "aria-labelledby": id }, make("p", { class: "label", id }, heading), content);
  }

  // The card of a source, one at a time.

  toggle(n, opener) {
    const isOpen = this.opener === opener;
    this.closeCard(false);
    if (isOpen) return;
    const citation = this.citations.get(n);
    this.opener = opener;
    opener.setAttribute("aria-expanded", "true");
    const heading = make("div", { id: `${this.id}-card`, class: "name", role: "heading", "aria-level": headingLevel() + 1, tabindex: "-1" }, this.t("chat.source_numbered", { n }));
    const close = make("button", { type: "button", class: "icon", "aria-label": this.t("widget.close_source"), click: () => this.closeCard(true) }, "×");
    const card = make("section", { class: "card", "aria-labelledby": heading.id, keydown: (event) => this.leave(event) },
      make("div", { class: "bar" }, heading, close),
      make("p", { class: "label" }, this.t("card.quote")), make("blockquote", { lang: citation.language }, citation.quote));
    if (citation.translation && this.language !== citation.language) {
      card.append(make("p", { class: "label" }, this.t("card.translation")),
        make("blockquote", { class: "translation", lang: this.language }, citation.translation),
        make("p", { class: "small" }, this.t("card.translation_note")));
    }
    card.append(this.place(citation), this.link(citation.url, citation));
    this.slot.replaceChildren(card);
    heading.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    this.element.emit("citation-click", { n, article: citation.article, url: this.address(citation.url) });
  }

  closeCard(isBack) {
    const opener = this.opener;
    this.opener = null;
    this.slot.replaceChildren();
    opener?.setAttribute("aria-expanded", "false");
    if (isBack) opener?.focus();
  }

  leave(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.closeCard(true);
  }

  place(source) {
    // The title's own language is not told; lang="" says that it is unknown.
    const words = make("p", { class: "place" }, make("cite", { lang: "" }, source.title), `, ${this.t("reader.page", { page: source.page })}`);
    if (source.section) words.append(make("span", { class: "section", lang: source.language }, source.section));
    return words;
  }

  // Addresses of the reader alone: a path on the server that answered.
  address(url) {
    return /^\/[^/\\]/.test(url) ? this.element.src + url : "";
  }

  link(url, source) {
    const address = this.address(url);
    if (!address) return "";
    const name = this.t("widget.show_named", { title: source.title, page: source.page });
    const open = make("p", { class: "open" }, make("a", { href: address, target: "_blank", rel: "noopener", "aria-label": name }, this.t("widget.show")));
    if (!this.element.isOpaque) return open;
    const place = make("span", { class: "address" }, address);
    return make("div", null, open, make("p", { class: "small" }, this.t("widget.address"), " ", place));
  }
}

// The frame is a page of its own, whose first heading the widget has; elsewhere the page has one.
function headingLevel() {
  return document.documentElement.hasAttribute("data-dipnot-frame") ? 1 : 2;
}

// The value asked for stands between ** and **; everything else is text as it is.
function bold(text) {
  return String(text).split(BOLD).map((part, at) => (at % 2 ? make("strong", null, part) : part));
}

// An answer as it is spoken: without marks and footnotes.
function spoken(answer) {
  const text = answer.claims.length ? answer.claims.map((claim) => claim.text).join(" ") : answer.text;
  return text.replace(BOLD, "$1");
}

// Characters that turn or hide what stands around them are named, as app/visible.py does it on the pages.
const UNSEEN = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u180e\u200b\u2028-\u202e\u2061-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\r(?!\n)/gu;

function visible(words) {
  return words.replace(UNSEEN, (one) => `[U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
}
