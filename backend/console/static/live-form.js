// Keeps a page in step with its form. The server draws everything: what is typed is sent to the form's own address with
// `act=look`, and of the page that comes back the parts marked `data-answer` are put in by id. A button marked
// `data-redraws`, or a choice so marked, puts in the parts marked `data-drawn` as well. Without scripts the same buttons
// send the same form. A form with `data-live-form="choices"` follows its choices alone, not what is typed.
const WAIT_MS = 400;

function swap(fresh, selector) {
  for (const part of document.querySelectorAll(selector)) {
    const other = fresh.getElementById(part.id);
    if (!other || part.outerHTML === other.outerHTML) continue;
    const opened = new Set([...part.querySelectorAll("details[open][id]")].map((one) => one.id));
    part.replaceWith(document.adoptNode(other));
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  }
}

class LiveForm {
  constructor(form) {
    this.form = form;
    form.addEventListener("submit", (event) => this.submitted(event));
    form.addEventListener("input", (event) => this.typed(event));
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("look", () => this.lookSoon(0));
  }

  submitted(event) {
    const button = event.submitter;
    if (!button?.matches("[data-redraws]")) {
      // It leads elsewhere: what is under way comes too late.
      this.halt();
      return;
    }
    event.preventDefault();
    this.ask(button.name, button.value, true);
  }

  typed(event) {
    if (this.form.dataset.liveForm === "choices" || event.target.matches("[data-redraws]")) return;
    this.lookSoon(WAIT_MS);
  }

  changed(event) {
    if (event.target.matches("select[data-redraws]")) this.ask("act", "look", true, event.target.id);
  }

  lookSoon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask("act", "look", false), pause);
  }

  halt() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  async ask(name, value, redraws, focusedId) {
    this.halt();
    const asking = (this.asking = new AbortController());
    const body = new FormData(this.form);
    body.append(name, value);
    const answers = document.querySelectorAll("[data-answer]");
    for (const part of answers) part.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body: new URLSearchParams(body),
        headers: { Accept: "text/html" },
        redirect: "error",
        signal: asking.signal,
      });
      if (!answer.ok && answer.status !== 422) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      swap(fresh, redraws ? "[data-answer], [data-drawn]" : "[data-answer]");
      this.form.dispatchEvent(new CustomEvent("answered"));
      if (redraws) this.focus(focusedId);
    } catch (error) {
      if (error.name === "AbortError") return;
      // The server restarts, or nobody is signed in any more: the next look or click will tell.
    }
    for (const part of document.querySelectorAll("[data-answer]")) part.removeAttribute("aria-busy");
  }

  focus(id) {
    const wanted = this.form.querySelector("[data-focus]") ?? document.getElementById(id);
    wanted?.focus();
  }
}

for (const form of document.querySelectorAll("form[data-live-form]")) new LiveForm(form);
