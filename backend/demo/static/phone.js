// The phones keep themselves fresh: asked every second, drawn again only when something changed, and what is new is
// told to screen readers once.
const EVERY_MS = 1000;
const phones = document.getElementById("phones");
const news = document.getElementById("news");
const offline = document.getElementById("offline");
let shown = null;

const arrivals = () => [...phones.querySelectorAll("[data-arrival]")];
const seen = new Set(arrivals().map((arrival) => arrival.dataset.arrival));

const lists = () => [...phones.querySelectorAll(".phone__notices")];

function show(screens) {
  const focused = lists().indexOf(document.activeElement);
  phones.innerHTML = screens;
  if (focused >= 0) lists()[focused]?.focus({ preventScroll: true });
  const fresh = arrivals().filter((arrival) => !seen.has(arrival.dataset.arrival));
  for (const arrival of fresh) {
    seen.add(arrival.dataset.arrival);
    arrival.classList.add("is-new");
  }
  if (fresh.length) {
    news.textContent = fresh.map((arrival) => `${owner(arrival)}: ${words(arrival)}`).join(" ");
  }
}

function owner(arrival) {
  return arrival.closest(".phone").querySelector(".phone__owner").textContent;
}

function words(arrival) {
  return [...arrival.querySelectorAll(".arrival__title, .arrival__body")].map((one) => one.textContent).join(". ");
}

async function look() {
  try {
    const answer = await fetch(phones.dataset.source, { cache: "no-cache" });
    if (!answer.ok) throw new Error(String(answer.status));
    const screens = await answer.text();
    if (shown !== null && screens !== shown) show(screens);
    shown = screens;
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
  if (!document.hidden) setTimeout(look, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
look();
