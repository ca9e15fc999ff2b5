// The conversation for as long as the tab lives, a day at most; in the element alone where nothing may be stored.

const LIFETIME = 24 * 60 * 60 * 1000;
const MOST_TURNS = 20;

class Memory {
  constructor(element) {
    this.element = element;
    this.key = `dipnot:${element.src}`;
    this.turns = this.read();
  }

  read() {
    let kept = this.element.kept;
    if (!this.element.hasAttribute("no-persist")) {
      try {
        kept = JSON.parse(sessionStorage.getItem(this.key)) || kept;
      } catch { /* no storage, or not what was put there */ }
    }
    const isFresh = Date.now() - kept?.time < LIFETIME;
    const turns = isFresh && Array.isArray(kept.turns) ? kept.turns : [];
    return turns.filter((turn) => typeof turn?.question === "string" && isAnswer(turn.answer)).slice(-MOST_TURNS);
  }

  add(question, answer) {
    this.turns = [...this.turns, { question, answer }].slice(-MOST_TURNS);
    this.element.kept = { time: Date.now(), turns: this.turns };
    if (this.element.hasAttribute("no-persist")) return;
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.element.kept));
    } catch { /* no storage or no room: the element remembers */ }
  }

  clear() {
    this.turns = [];
    this.element.forget();
  }
}
