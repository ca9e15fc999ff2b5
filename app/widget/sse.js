// Server-sent events, however the bytes are cut into pieces.

// More than any answer is; a line that never ends must not fill the memory.
const LONGEST_LINE = 4000000;

// Returns a function that takes the next piece of text and calls onEvent({type, data, id}) for what is whole.
function sseParser(onEvent) {
  let rest = "";
  let afterReturn = false;
  let isFirst = true;
  let type = "";
  let data = [];
  let id = "";

  function line(text) {
    if (text === "") {
      if (data.length) onEvent({ type: type || "message", data: data.join("\n"), id });
      type = "";
      data = [];
      return;
    }
    const at = text.indexOf(":");
    const field = at < 0 ? text : text.slice(0, at);
    const value = at < 0 ? "" : text.slice(at + 1).replace(/^ /, "");
    if (field === "event") type = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }

  return (piece) => {
    // Half of a letter makes no text, and must not part a return from its line feed.
    if (!piece) return;
    let text = piece;
    if (isFirst) text = text.replace(/^\uFEFF/, "");
    if (afterReturn) text = text.replace(/^\n/, "");
    isFirst = false;
    rest += text;
    const lines = rest.split(/\r\n|\n|\r/);
    afterReturn = rest.endsWith("\r");
    rest = lines.pop();
    if (rest.length > LONGEST_LINE) throw new Error("too long");
    lines.forEach(line);
  };
}
