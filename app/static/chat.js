/* Opens a footnote's source in the panel, shows its words beside the pointer, and keeps page language,
   focus, scrolling and the spoken announcement in step.
   Everything is delegated from the document, because Gradio draws its page again when it likes. */
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  let opened = null; // the id of the card that the panel shows
  let opener = null; // the link that opened it
  let turnsSeen = 0;
  let languageSeen = "";
  let announced = "";

  // The panel

  function open(link) {
    if (!show(link.dataset.card)) return false;
    opener = link;
    const heading = byId("source-heading");
    const panel = byId("source");
    const isBelow = panel.getBoundingClientRect().top >= window.innerHeight - 80;
    heading.focus({ preventScroll: true });
    if (isBelow || window.innerWidth < 900) panel.scrollIntoView({ block: "start" });
    return true;
  }

  function show(id) {
    const card = byId(id);
    if (!card) return false;
    opened = card.id;
    fill(card);
    return true;
  }

  function fill(card) {
    const url = new URL(card.dataset.href, location.href);
    byId("source-heading").textContent = card.dataset.heading;
    byId("source-tools").hidden = false;
    byId("source-open").href = url.href;
    const copy = card.cloneNode(true);
    copy.querySelectorAll(".open").forEach((node) => node.remove());
    byId("source-card").replaceChildren(...copy.childNodes);
    const cards = siblings(card);
    const at = cards.indexOf(card);
    const place = byId("source-place");
    place.textContent = place.dataset.place.replace("%n", at + 1).replace("%c", cards.length);
    byId("source-previous").disabled = at === 0;
    byId("source-next").disabled = at === cards.length - 1;
    markOpen();
    const frame = byId("source-frame");
    frame.title = frame.dataset.title.replace("%", card.dataset.title);
    // How the last article was being read stays: beside its English, or as received.
    const before = frame.hidden ? null : new URL(frame.contentWindow.location.href).searchParams;
    frame.hidden = false;
    url.searchParams.set("embed", "1");
    url.searchParams.set("theme", document.body.classList.contains("dark") ? "dark" : "light");
    if (before ? before.has("english") : "english" in card.dataset) url.searchParams.set("english", "1");
    if (before?.has("received")) url.searchParams.set("received", "1");
    // Escape leads back to the answer from within the article too.
    frame.onload = () => frame.contentDocument?.addEventListener("keydown", leaveOnEscape);
    // Replacing keeps the browser's Back button for the page itself.
    frame.contentWindow.location.replace(url.href);
  }

  /** The cards of the same answer, in order. */
  const siblings = (card) => [...card.parentElement.querySelectorAll(":scope > .card")];

  function step(by) {
    const card = opened && byId(opened);
    const next = card && siblings(card)[siblings(card).indexOf(card) + by];
    if (!next) return;
    show(next.id);
    // A button that has just been disabled would drop the focus.
    if (document.activeElement?.disabled || document.activeElement === document.body) byId("source-heading").focus();
  }

  function markOpen() {
    for (const link of document.querySelectorAll("[data-card]")) {
      const isOpen = link.dataset.card === opened;
      if (isOpen !== link.hasAttribute("aria-current")) link.toggleAttribute("aria-current", isOpen);
      if (isOpen && link.getAttribute("aria-current") !== "true") link.setAttribute("aria-current", "true");
    }
  }

  function close() {
    opened = null;
    opener = null;
    byId("source-frame").hidden = true;
    byId("source-tools").hidden = true;
    const card = byId("source-card");
    byId("source-heading").textContent = card.dataset.heading;
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = card.dataset.empty;
    card.replaceChildren(empty);
  }

  function leaveOnEscape(event) {
    if (event.key === "Escape" && opened) goBack();
  }

  function goBack() {
    const link = opener?.isConnected ? opener : document.querySelector(`.footnote[data-card="${opened}"]`);
    link?.scrollIntoView({ block: "center" });
    link?.focus({ preventScroll: true });
  }

  // The words of a footnote beside the pointer or the focus; it can be entered, and Escape closes it.

  const tip = document.createElement("div");
  tip.id = "footnote-tip";
  tip.hidden = true;
  let tipOf = null;
  let leaving = 0;

  function showTip(link) {
    clearTimeout(leaving);
    const card = byId(link.dataset.card);
    if (!card || tipOf === link) return;
    hideTip();
    const quotes = [...card.querySelectorAll("blockquote")].map((node) => node.cloneNode(true));
    const place = document.createElement("p");
    place.className = "small";
    place.textContent = link.getAttribute("aria-label");
    tip.replaceChildren(...quotes, place);
    document.body.append(tip);
    tip.hidden = false;
    tipOf = link;
    const at = link.getBoundingClientRect();
    const width = Math.min(420, window.innerWidth - 16);
    tip.style.width = `${width}px`;
    tip.style.left = `${Math.max(8, Math.min(at.left - 24, window.innerWidth - width - 8)) + window.scrollX}px`;
    const isRoomBelow = at.bottom + tip.offsetHeight + 8 < window.innerHeight || at.top < tip.offsetHeight + 8;
    tip.style.top = `${(isRoomBelow ? at.bottom + 4 : at.top - tip.offsetHeight - 4) + window.scrollY}px`;
  }

  function hideTip() {
    clearTimeout(leaving);
    tip.hidden = true;
    tipOf = null;
  }

  const leaveTip = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hideTip, 150);
  };
  const footnoteAt = (event) => (event.target instanceof Element ? event.target.closest(".footnote") : null);

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = footnoteAt(event);
    if (link) showTip(link);
    else if (event.target instanceof Element && event.target.closest("#footnote-tip")) clearTimeout(leaving);
    else if (tipOf && document.activeElement !== tipOf) leaveTip();
  });
  document.addEventListener("focusin", (event) => {
    const link = footnoteAt(event);
    if (link && link.matches(":focus-visible")) showTip(link);
    else hideTip();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && tipOf) hideTip();
    else if (event.target instanceof Element && event.target.closest("#source")) leaveOnEscape(event);
  });

  // Asking

  function questionBox() {
    return document.querySelector("#question textarea, #question input");
  }

  function write(box, value) {
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ask(question) {
    write(questionBox(), question);
    // Gradio takes the new value up before the click reaches it.
    setTimeout(() => byId("ask").click(), 50);
  }

  /** Put a question back into the box, to be changed; what was answered stays. */
  function edit(button) {
    const box = questionBox();
    write(box, button.closest(".turn").querySelector(".asked span:last-child").textContent);
    box.focus();
  }

  /** Have the server ask the last question again. */
  function retry() {
    setTimeout(() => byId("retry").click(), 0);
    questionBox().focus();
  }

  async function copy(button) {
    const source = byId(button.dataset.copy);
    const said = button.closest(".acts").querySelector(".done");
    const link = source.dataset.link && `\n\n${new URL(source.dataset.link, location.href).href}`;
    try {
      await navigator.clipboard.writeText(source.textContent + link);
      said.textContent = said.dataset.copied;
    } catch {
      said.textContent = said.dataset.notCopied;
    }
  }

  async function sendFeedback(form) {
    const said = form.querySelector(".said");
    const verdict = new FormData(form).get("verdict");
    if (!verdict) {
      said.textContent = form.dataset.choose;
      return;
    }
    const body = { answer: form.dataset.feedback.split("/").pop(), verdict, note: form.elements.note.value };
    try {
      const response = await fetch("/v1/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      said.textContent = response.ok ? form.dataset.sent : form.dataset.failed;
      if (response.ok) form.querySelector("button").disabled = true;
    } catch {
      said.textContent = form.dataset.failed;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target instanceof Element && event.target.closest("[data-feedback]");
    if (!form) return;
    event.preventDefault();
    sendFeedback(form);
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = event.target.closest("[data-card]");
    if (link && isPlain) {
      hideTip();
      if (open(link)) event.preventDefault();
    }
    if (event.target.closest("#source-back")) goBack();
    if (event.target.closest("#source-previous")) step(-1);
    if (event.target.closest("#source-next")) step(1);
    const followUp = event.target.closest("[data-ask]");
    if (followUp) ask(followUp.textContent);
    const edited = event.target.closest("[data-edit]");
    if (edited) edit(edited);
    if (event.target.closest("[data-retry]")) retry();
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied);
    if (event.target.closest("[data-skip]")) {
      event.preventDefault();
      questionBox()?.focus();
    }
  });

  // After Gradio has drawn

  /** A question of the address (?q=…) is asked once; a reload asks nothing. */
  function askFromAddress() {
    const address = new URL(location.href);
    const question = address.searchParams.get("q");
    if (question === null || !questionBox() || !byId("ask") || !languageSeen) return;
    address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    if (question.trim()) ask(question);
  }

  const announcer = document.createElement("div");
  announcer.id = "announcer";
  announcer.className = "hidden";
  announcer.setAttribute("aria-live", "polite");

  /** Say an answer once, when it is whole: the region stands outside of what Gradio draws again. */
  function announce(turns) {
    if (!announcer.isConnected) document.body.append(announcer);
    const last = turns[turns.length - 1]?.querySelector(".answered");
    if (!last || last.getAttribute("aria-busy") !== "false") {
      if (last) announced = "";
      return;
    }
    const copy = last.cloneNode(true);
    copy.querySelectorAll("sup").forEach((node) => node.remove());
    const said = `${turns.length}: ${copy.textContent.replace(/\s+/g, " ").trim()}`;
    if (said === announced) return;
    announced = said;
    announcer.lang = last.querySelector("[lang]")?.lang ?? languageSeen;
    announcer.textContent = said.slice(said.indexOf(": ") + 2);
  }

  /** The words that stood there before Gradio drew go when there is something to use. */
  function clearFront() {
    const front = byId("front");
    if (front && byId("ask")) front.remove();
  }
  setTimeout(() => {
    const slow = byId("front-slow");
    if (slow) slow.hidden = false;
  }, 8000);

  /** Follow a new question, a changed language, a fresh conversation. */
  function settle() {
    const site = document.querySelector(".site[data-language]");
    const turns = document.querySelectorAll(".turn");
    // The list of the articles stands open only until there is something to read.
    if (turns.length && !turnsSeen) document.querySelector(".site details[open]")?.removeAttribute("open");
    if (turns.length > turnsSeen) turns[turns.length - 1].scrollIntoView({ block: "start" });
    if (turns.length < turnsSeen && opened && !byId(opened)) close();
    if (tipOf && !tipOf.isConnected) hideTip();
    turnsSeen = turns.length;
    if (site && site.dataset.language !== languageSeen) {
      languageSeen = site.dataset.language;
      document.documentElement.lang = languageSeen;
    }
    announce(turns);
    // Gradio's groups of choices carry a caption but no name.
    for (const group of document.querySelectorAll("fieldset.block")) {
      const caption = group.querySelector('[data-testid="block-info"]')?.textContent.trim();
      if (caption && group.getAttribute("aria-label") !== caption) group.setAttribute("aria-label", caption);
    }
    const card = opened && byId(opened);
    if (card && byId("source-heading") && byId("source-heading").textContent !== card.dataset.heading) fill(card);
    if (opened) markOpen();
    clearFront();
    askFromAddress();
  }

  let isWaiting = false;
  new MutationObserver(() => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      settle();
    });
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-language", "data-heading", "aria-busy"],
  });
})();
