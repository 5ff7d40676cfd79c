// Elements are built and filled here, always as text: no value from the API is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** A new HTML element: attributes by name, children as elements or text. */
export function h(name, attributes = {}, ...children) {
  return assemble(document.createElement(name), attributes, children);
}

/** A new SVG element, as `h`. */
export function s(name, attributes = {}, ...children) {
  return assemble(document.createElementNS(SVG, name), attributes, children);
}

/** Replaces the text only when it differs, so that selections and the accessibility tree stay quiet. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Shows a quantity as number and small unit; its text is "79.1 W". */
export function setQuantity(element, [number, unit]) {
  if (unit === "") return setText(element, number);
  if (element.children.length !== 2) element.replaceChildren(h("span", { class: "value" }), " ", h("span", { class: "unit" }));
  setText(element.children[0], number);
  setText(element.children[1], unit);
}

function assemble(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}
