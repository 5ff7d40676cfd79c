// Node colours: Okabe–Ito, chosen by name so that a node keeps its colour whoever else comes or goes.

const COLOURS = 7;
const taken = new Map();

/** The class of a node's colour, `c0` to `c6`. Two names that hash alike get neighbours while there is room. */
export function colourOf(name) {
  let index = taken.get(name);
  if (index === undefined) {
    const used = new Set(taken.values());
    index = hash(name) % COLOURS;
    for (let step = 0; used.has(index) && step < COLOURS; step++) index = (index + 1) % COLOURS;
    taken.set(name, index);
  }
  return `c${index}`;
}

// FNV-1a, 32 bits: short, and spreads names that differ in one digit.
function hash(name) {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
