// What a page and the frame in it say to each other: {ns, v, type, id, payload}.

const NAMESPACE = "dipnot.embed";
const PROTOCOL = 1;
const TO_FRAME = ["hello", "ask", "open", "close", "set-lang", "set-theme", "clear"];
const TO_HOST = ["ready", "resize", "answer", "error"];

function envelope(type, payload, id) {
  return { ns: NAMESPACE, v: PROTOCOL, type, id: id || "", payload: payload || {} };
}

// The message in what was sent, or null: anything may be sent by anybody.
function message(data, types) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return null;
  if (data.ns !== NAMESPACE || data.v !== PROTOCOL || !types.includes(data.type)) return null;
  const payload = data.payload === undefined ? {} : data.payload;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return null;
  const id = typeof data.id === "string" ? data.id.slice(0, 64) : "";
  return { type: data.type, id, payload };
}
