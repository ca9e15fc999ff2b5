// A question to the server: the sentences as they come, and one word for whatever goes wrong.

const STREAM = "/v1/ask/stream";
// A stream that is silent for so long is given up, in milliseconds.
const SILENCE = 30000;
const PAUSE = 1000;
const BY_STATUS = { 401: "refused", 403: "refused", 413: "too_long", 422: "invalid", 429: "busy", 503: "starting", 504: "slow" };

class Failure extends Error {
  constructor(code, status, seconds) {
    super(code);
    Object.assign(this, { code, status: status || 0, seconds: seconds || 0 });
  }
}

// Resolves with the whole answer; onEvent(type, data) is called for what comes before it.
async function askServer(src, body, signal, onEvent) {
  const seen = { id: "", answer: null };
  for (const isAgain of [false, true]) {
    if (isAgain) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const response = await request(src, body, signal, seen.id);
    try {
      await read(response, seen, signal, onEvent);
    } catch (error) {
      if (signal.aborted || error instanceof Failure) throw error;
    }
    if (seen.answer) return seen.answer;
  }
  throw new Failure("broken");
}

async function request(src, body, signal, lastId) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
  if (lastId) headers["Last-Event-ID"] = lastId;
  let isForbidden = false;
  const see = (event) => { isForbidden = isForbidden || (src + STREAM).startsWith(event.blockedURI); };
  document.addEventListener("securitypolicyviolation", see);
  let response;
  try {
    response = await fetch(src + STREAM, {
      method: "POST", headers, body: JSON.stringify(body), signal, credentials: "omit", cache: "no-store", mode: "cors",
      referrerPolicy: "strict-origin-when-cross-origin",
    });
  } catch (error) {
    if (signal.aborted) throw error;
    // The report of a policy's violation comes after the refusal itself.
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (lastId) throw new Failure("broken");
    if (navigator.onLine === false) throw new Failure("offline");
    throw new Failure(isForbidden ? "blocked" : window.origin === "null" ? "opaque" : "unreachable");
  } finally {
    document.removeEventListener("securitypolicyviolation", see);
  }
  if (response.ok && /^text\/event-stream/.test(response.headers.get("Content-Type") || "")) return response;
  response.body?.cancel().catch(() => {});
  throw new Failure(BY_STATUS[response.status] || "failed", response.status, Number(response.headers.get("Retry-After")));
}

async function read(response, seen, signal, onEvent) {
  const parse = sseParser((event) => {
    const data = JSON.parse(event.data, (_key, value) => (typeof value === "string" ? visible(value) : value));
    seen.id = event.id;
    if (event.type !== "answer") onEvent(event.type, data);
    else if (isAnswer(data)) seen.answer = data;
  });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  try {
    while (!seen.answer) {
      const { value, done } = await inTime(reader.read());
      if (done) return;
      parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    if (seen.answer) drain(reader).catch(() => {});
    else reader.cancel().catch(() => {});
  }
}

// What was answered is read to its end, so that the connection can be used again.
async function drain(reader) {
  while (!(await inTime(reader.read())).done);
}

function inTime(promise) {
  let timer;
  const late = new Promise((_resolve, reject) => { timer = setTimeout(() => reject(new Failure("slow")), SILENCE); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Whether something has the shape of an answer as far as it is shown; what is kept by the page is checked too.
function isAnswer(given) {
  const lists = ["claims", "citations", "nearest", "follow_ups"];
  return Boolean(given) && typeof given.text === "string" && lists.every((name) => Array.isArray(given[name]));
}
