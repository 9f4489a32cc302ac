// What waits on this device, in the header and on a screen of its own: how many, since when, and what was refused.

import { isPractising } from "./api.js";
import { isConnected, isSignedOut, lookAgain, onConnection } from "./connection.js";
import { attempt, current, go, onEnter, refusal } from "./desk.js";
import { NoConnection } from "./errors.js";
import { moment, money } from "./formatting.js";
import { dismiss, onQueueChange, queued } from "./queue.js";
import { businessNow, currentTill } from "./session.js";
import { hasText, text } from "./texts.js";
import { announce, show, showWhen } from "./view.js";

const HOUR_MS = 3_600_000;
// A receipt is taken for three days; from two on somebody should do something about it.
const WARN_HOURS = 48;
const LIMIT_HOURS = 72;
const LOOK_MS = 60_000;

const refusedList = document.querySelector("[data-list=refused]");
const refusedRow = document.getElementById("refused-row");
const elsewhereList = document.querySelector("[data-list=elsewhere]");
let known = [];

onEnter("waiting", fillScreen);
onQueueChange(look);
onConnection(look);
setInterval(look, LOOK_MS);

/** Show what waits. */
export function openWaiting() {
  go("waiting");
}

/** Read the queue and show its count everywhere. */
export async function look() {
  const before = known;
  known = await queued().catch(() => []);
  const waiting = ofState("waiting");
  const refused = ofState("refused");
  // Practice touches nothing real: what waits is not within reach there.
  showWhen("queue", known.length > 0 && !isPractising());
  show("waiting-count", waiting.length ? text("count-waiting", { number: waiting.length }) : null);
  show("refused-count", refused.length ? text("count-refused", { number: refused.length }) : null);
  const oldest = ageHours(waiting[0]);
  showWhen("queue-old", oldest >= WARN_HOURS);
  show("queue-old", oldest >= LIMIT_HOURS ? text("too-old") : text("getting-old", { hours: Math.floor(oldest) }));
  showWhen("refused", refused.length > 0);
  if (before.some(({ state }) => state === "waiting") && waiting.length === 0) announce(text("all-sent"));
  if (current.step === "waiting") fillScreen();
}

function ofState(state) {
  return known.filter((receipt) => receipt.state === state);
}

function ageHours(receipt) {
  return receipt ? (Date.parse(businessNow()) - Date.parse(receipt.body.occurred_at)) / HOUR_MS : 0;
}

function fillScreen() {
  const here = currentTill()?.store.id;
  const waiting = ofState("waiting").filter(({ store }) => store.id === here);
  const elsewhere = ofState("waiting").filter(({ store }) => store.id !== here);
  const refused = ofState("refused");
  show("waiting-figure", String(waiting.length));
  show("waiting-words", waitingWords(waiting));
  showWhen("nothing-waits", known.length === 0);
  showWhen("send-now", waiting.length > 0 && !isSignedOut());
  showWhen("elsewhere", elsewhere.length > 0);
  elsewhereList.replaceChildren(...wordsOfStores(elsewhere));
  showWhen("nothing-refused", refused.length === 0);
  showWhen("some-refused", refused.length > 0);
  refusedList.replaceChildren(...refused.map(rowOf));
}

function waitingWords(waiting) {
  if (waiting.length === 0) return text("nothing-waits");
  const [oldest] = waiting;
  const sum = waiting.reduce((total, { body }) => total + body.total, 0);
  return text("waiting-words", {
    amount: money(sum, oldest.body.currency),
    since: moment(oldest.body.occurred_at, oldest.store.zone, businessNow()),
  });
}

/** What belongs to another store waits until somebody of that store signs in. */
function wordsOfStores(receipts) {
  const counts = new Map();
  for (const { store } of receipts) counts.set(store.name, (counts.get(store.name) ?? 0) + 1);
  return [...counts].map(([store, number]) => {
    const line = document.createElement("p");
    line.textContent = text("waits-elsewhere", { store, number });
    return line;
  });
}

function rowOf({ number, store, body, problem }) {
  const item = refusedRow.content.cloneNode(true);
  const cell = (name, words) => {
    item.querySelector(`[data-cell=${name}]`).textContent = words;
  };
  cell("amount", money(body.total, body.currency));
  cell("at", moment(body.occurred_at, store.zone, businessNow()));
  cell("number", number);
  cell("code", body.code ? text("by-code", { code: shortened(body.code) }) : "");
  const { title, advice } = reasonOf(problem);
  cell("why", title);
  cell("advice", advice);
  item.querySelector("button").dataset.number = number;
  return item;
}

/** Why it was refused: for what can happen while a receipt waits in the page's own words, otherwise in the server's. */
function reasonOf(problem) {
  const name = `refused-${problem.type}`;
  return hasText(name) ? { title: text(name), advice: text(`${name}-words`) } : refusal(problem);
}

/** As much of a code as tells it from others. */
function shortened(code) {
  return `•• ${code.slice(-4)}`;
}

/** Ask the server now; the queue follows when it answers. */
export function sendNow(button, run) {
  attempt("waiting", button, "no-connection-yet", async () => {
    await lookAgain();
    if (!isConnected()) throw new NoConnection();
    const error = await run();
    if (error) throw error;
  });
}

refusedList.addEventListener("click", ({ target }) => {
  const pressed = target.closest("button");
  if (pressed) dismiss(pressed.dataset.number);
});
