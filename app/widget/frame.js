// Inside the frame: the chat fills it, and the page around it is listened to where the server lists it.

const page = document.documentElement;
const query = new URLSearchParams(location.search);
const chat = document.createElement("dipnot-chat");
const SETTABLE = ["title", "placeholder", "accent", "radius", "starter", "no-persist", "expose-text"];
const LONGEST = 2000;
let answerTo = null;

const origins = (page.getAttribute("data-origins") || "").split(" ").filter(Boolean);
const isListed = (origin) => origins.includes("*") || origins.includes(origin);

const HANDLERS = {
  hello(payload) {
    const settings = payload.settings;
    if (settings && typeof settings === "object") {
      for (const name of SETTABLE) {
        if (typeof settings[name] === "string" && settings[name].length <= LONGEST) chat.setAttribute(name, settings[name]);
      }
    }
    HANDLERS["set-lang"](payload);
    HANDLERS["set-theme"](payload);
    reply("ready", { version: chat.version });
  },
  async ask(payload, id) {
    if (typeof payload.text !== "string" || !payload.text.trim() || payload.text.length > LONGEST) return;
    asked = id;
    await chat.ask(payload.text, { lang: typeof payload.lang === "string" ? payload.lang : "" });
    asked = "";
  },
  open() { chat.focus(); },
  close() { document.activeElement?.blur(); },
  clear() { chat.clear(); },
  "set-lang"(payload) {
    if (payload.lang === "tr" || payload.lang === "en") {
      chat.setLang(payload.lang);
      page.lang = payload.lang;
    }
  },
  "set-theme"(payload) {
    if (["light", "dark", "auto"].includes(payload.theme)) setTheme(payload.theme);
  },
};
let asked = "";

function setTheme(theme) {
  chat.setTheme(theme);
  page.setAttribute("data-theme", theme);
}

function reply(type, payload) {
  answerTo?.(envelope(type, payload, asked));
}

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || window.parent === window || !isListed(event.origin)) return;
  const given = message(event.data, TO_FRAME);
  if (!given) return;
  const port = given.type === "hello" ? event.ports[0] : null;
  if (port) {
    answerTo = (answer) => port.postMessage(answer);
    port.onmessage = (later) => handle(message(later.data, TO_FRAME));
  } else if (!answerTo && event.origin !== "null") {
    answerTo = (answer) => window.parent.postMessage(answer, event.origin);
  }
  handle(given);
});

function handle(given) {
  if (given) HANDLERS[given.type](given.payload, given.id);
}

chat.addEventListener("dipnot:answer", (event) => reply("answer", event.detail));
chat.addEventListener("dipnot:error", (event) => reply("error", event.detail));
chat.addEventListener("dipnot:resize", (event) => {
  // A number is no secret, so whoever embeds the frame may have it.
  if (window.parent !== window) window.parent.postMessage(envelope("resize", { height: event.detail.height }), "*");
});

chat.setAttribute("mode", "inline");
if (page.lang) chat.setAttribute("lang", page.lang);
setTheme(page.getAttribute("data-theme") || "auto");
// The frame of a permanent link, as oEmbed makes it: a question that is asked at once, and those asked before it.
const linked = (query.get("q") || "").slice(0, LONGEST);
if (linked.trim()) {
  chat.earlier = query.getAll("after").map((each) => each.slice(0, LONGEST));
  chat.setAttribute("no-persist", "");
}
document.querySelector("main").replaceChildren(chat);
if (linked.trim()) chat.ask(linked, { lang: page.lang });
const host = query.get("host") || "";
if (window.parent !== window && host !== "*" && isListed(host)) {
  try {
    window.parent.postMessage(envelope("ready", { version: chat.version }), host);
  } catch { /* not an origin */ }
}
