// What the page can say, as the server wrote it in the cashier's language.

const written = new Map(
  [...document.getElementById("texts").content.querySelectorAll("[data-text]")].map((element) => [
    element.dataset.text,
    element.textContent.trim(),
  ]),
);

/** Whether there is a text with this name. */
export function hasText(name) {
  return written.has(name);
}

/** The text with this name; `{hole}`s are filled from `facts`. */
export function text(name, facts = {}) {
  return written.get(name).replace(/\{(\w+)\}/g, (_hole, fact) => facts[fact]);
}
