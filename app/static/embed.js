/* The generator without leaving the page: the server draws it anew, and its lines and preview are put in place of
   the old. Without this file the form does the same with a button. */
"use strict";
(() => {
  const form = document.getElementById("choices");
  const status = document.getElementById("status");
  const { copied, selected, updated, failed } = document.body.dataset;
  /* Somebody who types pauses for less than this, in milliseconds. */
  const PAUSE = 400;
  let latest = 0;
  let waiting = 0;

  /** Fetch the page for what is chosen; a later choice overtakes an earlier one. */
  async function show() {
    const own = (latest += 1);
    const address = `/embed?${new URLSearchParams(new FormData(form))}`;
    let page;
    try {
      const reply = await fetch(address);
      if (!reply.ok) throw new Error(String(reply.status));
      page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (!page.getElementById("snippets")) throw new Error("no lines");
    } catch {
      if (own === latest) status.textContent = failed;
      return;
    }
    if (own !== latest) return;
    for (const name of ["#snippets", "#preview", ".languages"]) {
      document.querySelector(name).replaceWith(document.adoptNode(page.querySelector(name)));
    }
    history.replaceState(null, "", address);
    status.textContent = updated;
    ready();
  }

  /** What only a script can do, or makes needless. */
  function ready() {
    for (const button of document.querySelectorAll(".copy")) button.hidden = false;
    document.getElementById("show").hidden = true;
    document.getElementById("position").hidden = form.elements.mode.value !== "launcher";
  }

  async function copy(lines) {
    try {
      await navigator.clipboard.writeText(lines.textContent);
      status.textContent = copied;
    } catch {
      /* Not a secure address, or not allowed: the reader's own hand does it. */
      getSelection().selectAllChildren(lines);
      status.textContent = selected;
    }
  }

  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    if (event.target.name === "accent") form.elements.tinted.checked = true;
    const isTyped = event.target.matches("textarea, [type='text'], [type='color']");
    waiting = setTimeout(show, isTyped ? PAUSE : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    if (button) copy(document.getElementById(button.dataset.copies));
  });
  ready();
})();
