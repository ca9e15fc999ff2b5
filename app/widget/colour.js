// Colours as the browser knows them, and black or white on them: whichever can be read better.

// [red, green, blue] from 0 to 255 of any colour that the browser knows, or null.
function colour(probe, text) {
  probe.style.color = "";
  if (text) probe.style.color = `color-mix(in srgb, ${text}, ${text})`;
  if (!probe.style.color) return null;
  // "color(srgb 0.5 0 0.25)", a number outside of 0 to 1 being a colour that no screen of this kind shows.
  const parts = getComputedStyle(probe).color.match(/-?[\d.]+(e-\d+)?/g).slice(0, 3);
  return parts.map((each) => Math.min(255, Math.max(0, each * 255)));
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// At a luminance of 0.179 black and white are read equally well, at a contrast of 4.58.
function bestOn(ground) {
  return luminance(ground) > 0.179 ? [0, 0, 0] : [255, 255, 255];
}

function css(rgb) {
  return `rgb(${rgb.map(Math.round).join(", ")})`;
}
