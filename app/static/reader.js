/* Marks the characters named in the address (#c100-150,300-340) and keeps the place when the page is shown in
   another way. As a frame it tells the page around it when it is ready, and listens to nobody. */
"use strict";
(() => {
  const SPANS = /^\d{1,9}-\d{1,9}(?:,\d{1,9}-\d{1,9})*$/;
  const article = document.querySelector("article[data-length]");
  const isEmbedded = document.body.classList.contains("embedded");

  /** "100-150,300-340" as pairs of numbers. */
  function pairsOf(text) {
    return text.split(",").map((part) => part.split("-").map(Number));
  }

  /** The spans of the address, or null when it names none or names them wrongly. */
  function spansOf(hash) {
    if (!hash.startsWith("#c") || !SPANS.test(hash.slice(2))) return null;
    const spans = pairsOf(hash.slice(2));
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

  function touches([start, end], spans) {
    return spans.some(([low, high]) => low < end && start < high);
  }

  /** Mark what the spans cover of one run; offsets count code points, as the file's do, not UTF-16 units. */
  function markRun(run, spans) {
    const start = Number(run.dataset.s);
    if (!run.textContent || !touches([start, Number(run.dataset.e)], spans)) return [];
    // A mended spot ([data-received]) is cited as a whole.
    if ("received" in run.dataset) return [markWhole(run)];
    const parts = [];
    let wasCited = null;
    Array.from(run.textContent).forEach((character, index) => {
      const at = start + index;
      const isCited = spans.some(([low, high]) => low <= at && at < high);
      if (isCited !== wasCited) parts.push({ isCited, text: "" });
      parts[parts.length - 1].text += character;
      wasCited = isCited;
    });
    const nodes = parts.map((part) => (part.isCited ? marked(part.text) : document.createTextNode(part.text)));
    run.replaceChildren(...nodes);
    return nodes.filter((node) => node instanceof Element);
  }

  function markWhole(run) {
    const mark = marked(run.textContent);
    run.replaceChildren(mark);
    return mark;
  }

  function showCited() {
    const spans = spansOf(location.hash);
    if (spans) {
      unmark();
      let first = null;
      for (const run of article.querySelectorAll("[data-s]")) {
        const marks = markRun(run, spans);
        const isInFirst = touches([Number(run.dataset.s), Number(run.dataset.e)], [spans[0]]);
        if (marks.length && !first && isInFirst) first = marks[0];
      }
      for (const sentence of article.querySelectorAll("[data-turkish]")) {
        const isCited = pairsOf(sentence.dataset.turkish).some((own) => touches(own, spans));
        if (isCited && sentence.textContent) markWhole(sentence);
      }
      goTo(first);
    } else if (["", "#cited"].includes(location.hash)) {
      goTo(article.querySelector("mark"));
    }
    announce();
  }

  function goTo(mark) {
    if (!mark) return;
    // A frame must neither move the page around it nor take the focus from it.
    window.scrollTo(0, window.scrollY + mark.getBoundingClientRect().top - window.innerHeight / 3);
    if (isEmbedded) return;
    mark.tabIndex = -1;
    mark.focus({ preventScroll: true });
  }

  /** Tell a page of this same site around the frame that what its address names is marked and in view. */
  function announce() {
    const marks = article.querySelectorAll("[data-s] mark").length;
    document.documentElement.dataset.ready = location.hash;
    if (!isEmbedded || window.parent === window) return;
    const message = { type: "dipnot-reader-ready", article: article.dataset.article, hash: location.hash, marks };
    window.parent.postMessage(message, location.origin);
  }

  /** Where the same article shown in another way should open: at what is cited, else where it is being read. */
  function place() {
    if (spansOf(location.hash)) return location.hash;
    return article.querySelector("mark") ? "#cited" : `#${firstVisibleBlock()?.id ?? ""}`;
  }

  function firstVisibleBlock() {
    const top = Math.max(0, document.querySelector(".bar").getBoundingClientRect().bottom);
    return [...article.querySelectorAll(".block:not(.note)")].find((block) => block.getBoundingClientRect().bottom > top);
  }

  for (const link of document.querySelectorAll('.bar a[href^="?"]')) {
    link.addEventListener("click", (event) => {
      link.hash = place();
      const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
      if (!isEmbedded || !isPlain) return;
      // Replacing keeps the browser's Back button for the page around the frame.
      event.preventDefault();
      location.replace(link.href);
    });
  }
  window.addEventListener("hashchange", showCited);
  showCited();
})();
