/* Marks the characters named in the address (#c100-150,300-340) and shows the text as received on request. */
"use strict";
(() => {
  const SPANS = /^#c(\d{1,9}-\d{1,9}(?:,\d{1,9}-\d{1,9})*)$/;
  const article = document.querySelector("article[data-length]");
  const isEmbedded = document.body.classList.contains("embedded");

  /** The spans of the address, or null when it names none or names them wrongly. */
  function spansOf(hash) {
    const match = SPANS.exec(hash);
    if (!match) return null;
    const spans = match[1].split(",").map((part) => part.split("-").map(Number));
    const length = Number(article.dataset.length);
    return spans.every(([start, end]) => start < end && end <= length) ? spans : null;
  }

  function unmark() {
    for (const mark of article.querySelectorAll("mark")) {
      const run = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      run.normalize();
    }
  }

  function marked(text) {
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
  }

  /** Mark what the spans cover of one run; offsets count code points, as the file's do, not UTF-16 units. */
  function markRun(run, spans) {
    const start = Number(run.dataset.s);
    const end = Number(run.dataset.e);
    const covering = spans.filter(([low, high]) => low < end && start < high);
    if (!covering.length || !run.textContent) return [];
    if ("received" in run.dataset) {
      const mark = marked(run.textContent);
      run.replaceChildren(mark);
      return [mark];
    }
    const parts = [];
    let wasCited = null;
    Array.from(run.textContent).forEach((character, index) => {
      const at = start + index;
      const isCited = covering.some(([low, high]) => low <= at && at < high);
      if (isCited !== wasCited) parts.push({ isCited, text: "" });
      parts[parts.length - 1].text += character;
      wasCited = isCited;
    });
    const nodes = parts.map((part) => (part.isCited ? marked(part.text) : document.createTextNode(part.text)));
    run.replaceChildren(...nodes);
    return nodes.filter((node) => node instanceof Element);
  }

  function showCited() {
    const spans = spansOf(location.hash);
    if (spans) {
      unmark();
      const [firstLow, firstHigh] = spans[0];
      let first = null;
      for (const run of article.querySelectorAll("[data-s]")) {
        const marks = markRun(run, spans);
        const isInFirst = Number(run.dataset.s) < firstHigh && firstLow < Number(run.dataset.e);
        if (marks.length && !first && isInFirst) first = marks[0];
      }
      goTo(first);
    } else if (!location.hash) {
      goTo(article.querySelector("mark"));
    }
  }

  function goTo(mark) {
    if (!mark) return;
    // A frame must neither move the page around it nor take the focus from it.
    window.scrollTo(0, window.scrollY + mark.getBoundingClientRect().top - window.innerHeight / 3);
    if (isEmbedded) return;
    mark.tabIndex = -1;
    mark.focus({ preventScroll: true });
  }

  function toggleReceived(button) {
    const isReceived = button.getAttribute("aria-pressed") !== "true";
    const middle = firstVisibleBlock();
    const top = middle?.getBoundingClientRect().top;
    button.setAttribute("aria-pressed", String(isReceived));
    document.body.classList.toggle("received", isReceived);
    for (const run of article.querySelectorAll("[data-received]")) {
      (run.querySelector("mark") ?? run).textContent = isReceived ? run.dataset.received : run.dataset.mended;
    }
    if (middle) window.scrollBy(0, middle.getBoundingClientRect().top - top);
  }

  function firstVisibleBlock() {
    return [...article.querySelectorAll(".block")].find((block) => block.getBoundingClientRect().bottom > 80);
  }

  const button = document.getElementById("as-received");
  button.hidden = false;
  button.addEventListener("click", () => toggleReceived(button));
  for (const link of document.querySelectorAll(".languages a")) {
    link.addEventListener("click", () => { link.hash = location.hash; });
  }
  window.addEventListener("hashchange", showCited);
  showCited();
})();
