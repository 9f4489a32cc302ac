// Keeps a campaign's page in step with the campaign: fetches the page and puts in what has changed, part by part, so
// that neither the place on the page nor the focus is lost. Without scripts the page reloads itself.
const EVERY_MS = 1000;
const WHEN_IDLE_MS = 5000;

function renew(fresh) {
  let changed = false;
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || part.innerHTML === other.innerHTML || part.querySelector("[data-sending]")) continue;
    // Somebody is typing in it.
    if (part.querySelector("details[open]") && other.querySelector("details")) continue;
    const focused = part.contains(document.activeElement);
    part.replaceChildren(...other.childNodes);
    if (focused) part.querySelector("button, a, [tabindex]")?.focus();
    changed = true;
  }
  return changed;
}

async function look() {
  let pause = WHEN_IDLE_MS;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (renew(fresh)) pause = EVERY_MS;
      }
    } catch {
      // The server restarts, or nobody is signed in any more: the next look or click will tell.
    }
  }
  lookIn(pause);
}

let timer;

function lookIn(pause) {
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) lookIn(0);
});
lookIn(EVERY_MS);
