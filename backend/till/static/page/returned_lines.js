// The lines of a receipt that comes back in part: which of them, and how many of each; never more than is left.

import { money, quantity } from "./formatting.js";
import { text } from "./texts.js";

const place = document.querySelector("[data-list=lines]");
const template = document.getElementById("line-row").content;

export class ReturnedLines {
  #lines;
  #chosen = new Map();

  /** `lines` as the server told them. */
  constructor(lines) {
    this.#lines = lines;
  }

  /** All of what is left of a line, or nothing of it. */
  tick(position, ticked) {
    this.#choose(position, ticked ? this.#line(position).quantity_left : 0);
  }

  /** One more of a line, or one fewer; what is left is not always whole. */
  change(position, by) {
    const chosen = this.chosen(position);
    this.#choose(position, by > 0 ? Math.floor(chosen) + 1 : Math.ceil(chosen) - 1);
  }

  /** How many of a line come back. */
  chosen(position) {
    return this.#chosen.get(position) ?? 0;
  }

  /** What is sent: empty where nothing is chosen. */
  get content() {
    return this.#lines
      .filter(({ position }) => this.chosen(position) > 0)
      .map(({ position, sku }) => ({ position, sku, quantity: this.chosen(position) }));
  }

  /** Write the lines into their list. */
  show(currency) {
    place.replaceChildren(...this.#lines.map((line) => rowOf(line, currency)));
    this.refresh();
  }

  /** Write into the list what is chosen; the rows stay, and the focus with them. */
  refresh() {
    for (const { position, quantity_left: left } of this.#lines) {
      const row = place.querySelector(`[data-position="${position}"]`);
      const chosen = this.chosen(position);
      row.querySelector("input").checked = chosen > 0;
      row.querySelector(".line__count").hidden = !chosen || left <= 1;
      row.querySelector("output").textContent = quantity(chosen);
      row.querySelector("[data-by='1']").disabled = chosen >= left;
    }
  }

  #line(position) {
    return this.#lines.find((line) => line.position === position);
  }

  #choose(position, wanted) {
    this.#chosen.set(position, Math.max(0, Math.min(wanted, this.#line(position).quantity_left)));
  }
}

/** Hear of every change in the list: `onTick(position, ticked)`, `onChange(position, by)`. */
export function listenToLines({ onTick, onChange }) {
  const positionOf = (element) => Number(element.closest("[data-position]").dataset.position);
  place.addEventListener("change", ({ target }) => onTick(positionOf(target), target.checked));
  place.addEventListener("click", ({ target }) => {
    const pressed = target.closest("button");
    if (pressed) onChange(positionOf(pressed), Number(pressed.dataset.by));
  });
}

function rowOf({ position, sku, quantity: sold, amount, quantity_left: left, amount_left: amountLeft }, currency) {
  const made = template.cloneNode(true);
  const cell = (name) => made.querySelector(`[data-cell=${name}]`);
  made.querySelector("li").dataset.position = position;
  made.querySelector("li").classList.toggle("is-over", left === 0);
  made.querySelector("input").disabled = left === 0;
  cell("sku").textContent = sku;
  const facts = { quantity: quantity(sold), left: quantity(left), amount: money(left ? amountLeft : amount, currency) };
  cell("left").textContent = text(left === 0 ? "line-over" : left < sold ? "line-left" : "line-whole", facts);
  for (const key of made.querySelectorAll("button")) {
    key.setAttribute("aria-label", text(key.dataset.by === "1" ? "line-more" : "line-fewer", { sku }));
  }
  return made;
}
