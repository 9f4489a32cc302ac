// What is on the screen: steps, texts in their places, alerts. It knows nothing of guests.

import { text } from "./texts.js";

const all = (selector) => document.querySelectorAll(selector);

/** Write a text into every place with this name; null empties and hides it. */
export function show(place, words) {
  for (const element of all(`[data-show="${place}"]`)) {
    element.textContent = words ?? "";
    if (element.hasAttribute("hidden") || words === null) element.hidden = words === null;
  }
}

/** Show or hide what depends on a condition. */
export function showWhen(condition, holds) {
  for (const element of all(`[data-when="${condition}"]`)) element.hidden = !holds;
}

/** Show one step, mark it in the header, and put the focus where the step begins: its field, or its heading. */
export function showStep(name) {
  for (const section of all("[data-step]")) section.hidden = section.dataset.step !== name;
  const marked = name === "enrol" ? "guest" : name;
  let passed = [...all("[data-mark]")].some((mark) => mark.dataset.mark === marked);
  for (const mark of all("[data-mark]")) {
    const current = mark.dataset.mark === marked;
    mark.toggleAttribute("aria-current", current);
    if (current) {
      mark.setAttribute("aria-current", "step");
      passed = false;
    }
    mark.classList.toggle("is-passed", passed);
  }
  document.body.dataset.at = name;
  const section = document.querySelector(`[data-step="${name}"]`);
  (section.querySelector("input[inputmode=none]") ?? section.querySelector("h1")).focus({ preventScroll: true });
}

/** Say what went wrong in this step, and what to do; null takes it away. */
export function showAlert(step, alert) {
  const place = document.querySelector(`[data-alert="${step}"]`);
  place.hidden = !alert;
  place.replaceChildren();
  if (!alert) return;
  const words = document.getElementById("alert").content.cloneNode(true);
  const [title, advice] = [words.querySelector("strong"), words.querySelector("span > span")];
  title.textContent = alert.title;
  advice.textContent = alert.advice ?? "";
  place.append(words);
}

/** Tell readers of the screen. */
export function announce(words) {
  show("announcement", words);
}

/** The button that is working shows a ring and takes no second press. */
export function setBusy(button, busy) {
  button.classList.toggle("is-busy", busy);
  button.toggleAttribute("aria-busy", busy);
  button.setAttribute("aria-disabled", String(busy));
  document.body.classList.toggle("is-busy", busy);
}

/** How it stands with the server: `online`, `offline` or `signed-out`. */
export function showConnection(state) {
  for (const element of all("[data-connection]")) element.hidden = element.dataset.connection !== state;
}

/** Write lines of text into a place, each a paragraph. */
export function fillLines(place, lines) {
  const paragraphs = lines.map((words) => {
    const line = document.createElement("p");
    line.textContent = words;
    return line;
  });
  document.querySelector(`[data-show="${place}"]`).replaceChildren(...paragraphs);
}

/** The camera's state: `filming`, `starting`, or why there is no picture. */
export function showCamera(state) {
  document.querySelector(".camera").dataset.camera = state;
  if (state !== "filming") show("camera", text(`camera-${state}`));
}
