/* Opens a footnote's source in the panel, and keeps page language, focus and scrolling in step.
   Everything is delegated from the document, because Gradio draws its page again when it likes. */
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  let opened = null; // the id of the card that the panel shows
  let opener = null; // the link that opened it
  let turnsSeen = 0;
  let languageSeen = "";

  function open(link) {
    const card = byId(link.dataset.card);
    if (!card) return false;
    opened = card.id;
    opener = link;
    fill(card);
    const heading = byId("source-heading");
    const panel = byId("source");
    const isBelow = panel.getBoundingClientRect().top >= window.innerHeight - 80;
    heading.focus({ preventScroll: true });
    if (isBelow || window.innerWidth < 900) panel.scrollIntoView({ block: "start" });
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
    markOpen();
    const frame = byId("source-frame");
    frame.title = frame.dataset.title.replace("%", card.dataset.title);
    frame.hidden = false;
    url.searchParams.set("embed", "1");
    // Replacing keeps the browser's Back button for the page itself.
    frame.contentWindow.location.replace(url.href);
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
    const frame = byId("source-frame");
    if (frame && !frame.hidden) frame.hidden = true;
  }

  function goBack() {
    const link = opener?.isConnected ? opener : document.querySelector(`.footnote[data-card="${opened}"]`);
    link?.scrollIntoView({ block: "center" });
    link?.focus({ preventScroll: true });
  }

  function questionBox() {
    return document.querySelector("#question textarea, #question input");
  }

  function ask(question) {
    const box = questionBox();
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    // Gradio takes the new value up before the click reaches it.
    setTimeout(() => byId("ask").click(), 50);
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = event.target.closest("[data-card]");
    if (link && isPlain && open(link)) event.preventDefault();
    if (event.target.closest("#source-back")) goBack();
    const followUp = event.target.closest("[data-ask]");
    if (followUp) ask(followUp.textContent);
    if (event.target.closest("[data-skip]")) {
      event.preventDefault();
      questionBox()?.focus();
    }
  });

  /** After Gradio has drawn: follow a new question, a changed language, a fresh conversation. */
  function settle() {
    const site = document.querySelector(".site[data-language]");
    const turns = document.querySelectorAll(".turn");
    if (turns.length > turnsSeen) turns[turns.length - 1].scrollIntoView({ block: "start" });
    if (turns.length < turnsSeen && opened && !byId(opened)) close();
    turnsSeen = turns.length;
    if (site && site.dataset.language !== languageSeen) {
      languageSeen = site.dataset.language;
      document.documentElement.lang = languageSeen;
    }
    // Gradio's groups of choices carry a caption but no name.
    for (const group of document.querySelectorAll("fieldset.block")) {
      const caption = group.querySelector('[data-testid="block-info"]')?.textContent.trim();
      if (caption && group.getAttribute("aria-label") !== caption) group.setAttribute("aria-label", caption);
    }
    for (const button of document.querySelectorAll(".example:not([lang])")) {
      button.lang = button.classList.contains("lang-en") ? "en" : "tr";
    }
    const card = opened && byId(opened);
    if (card && byId("source-heading") && byId("source-heading").textContent !== card.dataset.heading) fill(card);
    if (opened) markOpen();
  }

  let isWaiting = false;
  new MutationObserver(() => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      settle();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-language", "data-heading"] });
})();
