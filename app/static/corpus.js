/* The timeline without leaving the page: the server draws it anew, and its parts are put in place of the old.
   Without this file every bar, button and box works as a link or a form. */
"use strict";
(() => {
  const section = document.getElementById("timeline");
  const status = document.getElementById("timeline-count");
  if (!section || !status) return;
  /* What changes with the period; the status stays, so that a new count is announced. */
  const SWAPPED = ["#timeline-form", "#timeline-view", ".languages"];
  /* A pointer that moves less, in pixels, clicks. */
  const LEAST_DRAG = 6;
  let latest = 0;
  let drag = null;

  /** Show the timeline of an address; a later one overtakes an earlier one. */
  async function show(address, isNew = true) {
    const url = new URL(address, location.href);
    const own = (latest += 1);
    section.setAttribute("aria-busy", "true");
    let page;
    try {
      const reply = await fetch(url.pathname + url.search);
      if (!reply.ok) throw new Error(String(reply.status));
      page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (!SWAPPED.every((name) => page.querySelector(name))) throw new Error("no timeline");
    } catch {
      /* Let the browser say what is wrong. */
      if (own === latest) location.assign(url);
      return;
    }
    if (own !== latest) return;
    const focused = document.activeElement;
    const wasWithin = section.contains(focused);
    const isTableOpen = document.getElementById("plot-table")?.open;
    for (const name of SWAPPED) document.querySelector(name).replaceWith(document.adoptNode(page.querySelector(name)));
    status.textContent = page.getElementById("timeline-count").textContent;
    document.getElementById("plot-table").open = isTableOpen;
    section.removeAttribute("aria-busy");
    if (isNew) history.pushState(null, "", url);
    ready();
    if (wasWithin) (document.getElementById(focused.id) ?? document.getElementById("plot")).focus({ preventScroll: true });
  }

  function ready() {
    document.getElementById("plot-keys").hidden = false;
  }

  /** The address that the form would send, with another period where one is given. */
  function formAddress(period) {
    const form = document.getElementById("timeline-form");
    const sent = new URLSearchParams(new FormData(form));
    if (period) {
      sent.set("from", period[0]);
      sent.set("to", period[1]);
    }
    return `/corpus?${sent}#timeline`;
  }

  section.addEventListener("click", (event) => {
    const link = event.target.closest("#timeline-view a[href^='/corpus?']");
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
    if (!link || !isPlain) return;
    event.preventDefault();
    show(link.getAttribute("href"));
  });
  section.addEventListener("submit", (event) => {
    event.preventDefault();
    show(formAddress());
  });
  section.addEventListener("change", (event) => {
    if (event.target.type === "checkbox") show(formAddress());
  });
  /* Only where the focus is in the plot or its buttons: elsewhere + and - are letters or the browser's. */
  section.addEventListener("keydown", (event) => {
    if (!event.target.closest("#plot, .moves") || event.ctrlKey || event.metaKey || event.altKey) return;
    const id = { "+": "zoom-in", "=": "zoom-in", "-": "zoom-out" }[event.key];
    const address = id && document.getElementById(id).getAttribute("href");
    if (!address) return;
    event.preventDefault();
    show(address);
  });
  window.addEventListener("popstate", () => show(location.href, false));

  /* Dragging over the bars chooses those that the pointer goes over. */
  function placeOf(event) {
    const svg = document.querySelector("#chart");
    const box = svg.getBoundingClientRect();
    const shown = svg.viewBox.baseVal;
    return shown.x + ((event.clientX - box.left) / box.width) * shown.width;
  }
  section.addEventListener("pointerdown", (event) => {
    const isFinger = event.pointerType === "touch";
    if (isFinger || event.button || !event.target.closest("#chart")) return;
    drag = { clientX: event.clientX, from: placeOf(event), to: placeOf(event), isMoving: false };
  });
  section.addEventListener("dragstart", (event) => {
    if (event.target.closest?.("#chart")) event.preventDefault();
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.isMoving ||= Math.abs(event.clientX - drag.clientX) >= LEAST_DRAG;
    if (!drag.isMoving) return;
    event.preventDefault();
    drag.to = placeOf(event);
    const shown = document.getElementById("plot-drag");
    shown.setAttribute("x", String(Math.min(drag.from, drag.to)));
    shown.setAttribute("width", String(Math.abs(drag.to - drag.from)));
  });
  window.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    document.getElementById("plot-drag")?.setAttribute("width", "0");
    if (!done?.isMoving) return;
    /* The click that follows a drag is none. */
    const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
    window.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", stop, { capture: true }), 0);
    const svg = document.querySelector("#chart");
    const bars = [...svg.querySelectorAll(".bar-group")];
    const step = Number(svg.dataset.step);
    const at = (place) => Math.min(bars.length - 1, Math.max(0, Math.floor(place / step)));
    const first = bars[at(Math.min(done.from, done.to))];
    const last = bars[at(Math.max(done.from, done.to))];
    show(formAddress([first.dataset.from, last.dataset.to]));
  });
  window.addEventListener("pointercancel", () => {
    drag = null;
    document.getElementById("plot-drag")?.setAttribute("width", "0");
  });
  ready();
})();
