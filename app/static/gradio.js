/* Writes our words in the place of those that stand in Gradio's code: see app/gradio_texts.py. Only in the
   messages that Gradio pops up; an answer is never touched. */
"use strict";
(() => {
  const MESSAGES = '[data-testid="toast-body"]';
  const ownWords = () => JSON.parse(document.getElementById("gradio-words").textContent);
  let words = null;

  function translate(message) {
    const own = (words ??= ownWords())[document.documentElement.lang] ?? words.en;
    const texts = document.createTreeWalker(message, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const theirs = node.nodeValue.trim();
      if (Object.hasOwn(own, theirs) && own[theirs] !== theirs) node.nodeValue = `${own[theirs]} `;
    }
    for (const node of message.querySelectorAll("[aria-label]")) {
      const theirs = node.getAttribute("aria-label");
      if (Object.hasOwn(own, theirs) && own[theirs] !== theirs) node.setAttribute("aria-label", own[theirs]);
    }
  }

  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const inside = target instanceof Element ? target.closest(MESSAGES) : target.parentElement?.closest(MESSAGES);
      if (inside) translate(inside);
      for (const node of addedNodes) {
        if (node instanceof Element) (node.matches(MESSAGES) ? [node] : node.querySelectorAll(MESSAGES)).forEach(translate);
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
