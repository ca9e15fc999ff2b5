// Colours that can be read on each other, whatever accent a page asks for.

const PALETTES = {
  light: { bg: "#fdfcf8", fg: "#211e1a", muted: "#645d52", accent: "#7d1d1d", raised: "#f5f1e6", rule: "#d9d2c3" },
  dark: { bg: "#191714", fg: "#e9e3d7", muted: "#b1a897", accent: "#f0a79b", raised: "#24211c", rule: "#3d382f" },
};
// WCAG 2.2, success criterion 1.4.3: 4.5, and a little for rounding; black or white reach no more everywhere.
const READABLE = 4.55;

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// The colour itself where it can be read on all of the grounds, else the nearest darker or lighter one.
function readable(rgb, ...grounds) {
  const works = (each) => grounds.every((ground) => contrast(each, ground) >= READABLE);
  const towards = bestOn(grounds[0]);
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = rgb.map((each, at) => each + (towards[at] - each) * share);
    if (works(mixed)) return mixed;
  }
  return towards;
}

function mixed(one, other, share) {
  return one.map((each, at) => each + (other[at] - each) * share);
}

// Every colour of the panel, from the page's custom properties and the accent, so that all words can be read.
function dressPanel(element, root, probe) {
  const own = {};
  for (const [name, value] of Object.entries(PALETTES[element.theme])) own[name] = colour(probe, value);
  const style = getComputedStyle(element);
  const pick = (name) => colour(probe, style.getPropertyValue(`--dipnot-${name}`).trim()) || own[name];
  const bg = pick("bg");
  const isOwn = css(bg) === css(own.bg);
  const raised = isOwn ? own.raised : mixed(bg, bestOn(bg), 0.06);
  const accent = readable(colour(probe, element.getAttribute("accent")) || pick("accent"), bg, raised);
  const colours = {
    bg, raised, accent, fg: readable(pick("fg"), bg, raised), muted: readable(pick("muted"), bg, raised),
    rule: isOwn ? own.rule : mixed(bg, bestOn(bg), 0.2), "on-accent": contrast(bg, accent) >= READABLE ? bg : bestOn(accent),
  };
  for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--${name}`, css(value));
}
