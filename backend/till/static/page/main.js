// The cashier's page: scan, guest and amount, done. What is going on is in `current`; each step's screen is filled
// from it anew.

import { Amount } from "./amount.js";
import { NoConnection, Refused, call } from "./api.js";
import { Camera } from "./camera.js";
import { bare, grouped, looksLikePhone, looksLikePhonesOwnCode } from "./code.js";
import { Connection, businessNow } from "./connection.js";
import { countDown } from "./countdown.js";
import { listenToKeys } from "./keyboard.js";
import { Sale } from "./sale.js";
import { fillDone, fillEnrol, fillGuest, fillScan } from "./screens.js";
import { text } from "./texts.js";
import { announce, setBusy, show, showAlert, showCamera, showConnection, showStep } from "./view.js";

const RESCAN_AFTER_FAILURE_MS = 2500;

const codeField = document.getElementById("code");
const button = (selector) => document.querySelector(selector);
const buttons = {
  find: button('form[data-do="find"] [type=submit]'),
  confirm: button('form[data-do="confirm"] [type=submit]'),
  enrol: button('[data-do="enrol"]'),
};

const nobody = () => ({
  step: "scan",
  // Whom a scan is for: the guest, or the advocate whose invitation the guest brings.
  purpose: "guest",
  guest: null,
  phone: null,
  advocate: null,
  advocateIsBound: false,
  sale: null,
  amount: null,
});
let current = nobody();
let currency = null;
let busy = false;
let stopCountDown = () => {};

const connection = new Connection({ onConnection: showConnection, onEnded: () => go("ended") });
const camera = new Camera({
  video: document.querySelector(".camera__picture"),
  onCode: (code) => find(code),
  onState: showCamera,
});

function go(step) {
  current.step = step;
  camera.looking = step === "scan";
  for (const place of ["scan", "enrol", "guest"]) showAlert(place, null);
  if (step === "scan") fillScan(current);
  if (step === "enrol") fillEnrol(current);
  if (step === "guest") fillGuest(current);
  showStep(step);
}

function restart() {
  stopCountDown();
  current = nobody();
  setTyped("");
  go("scan");
}

/** Run what a button began: one at a time, the button busy, errors told in the step where it was pressed. */
async function attempt(place, pressed, nothingHappened, work) {
  if (busy) return;
  busy = true;
  setBusy(pressed, true);
  showAlert(place, null);
  try {
    await work();
  } catch (error) {
    if (error instanceof NoConnection) showAlert(place, { title: text(nothingHappened), advice: text("try-again") });
    else if (error instanceof Refused) showAlert(place, refusal(error.problem));
    else throw error;
  } finally {
    busy = false;
    setBusy(pressed, false);
  }
}

function refusal(problem) {
  const fields = Object.values(problem.errors ?? {}).flat().filter((words) => typeof words === "string");
  return { title: problem.title || text("failed"), advice: [problem.detail, ...fields].filter(Boolean).join(" ") };
}

function find(given) {
  const code = bare(given);
  const purpose = current.purpose;
  if (!code) {
    showAlert("scan", { title: text("empty-code") });
    return;
  }
  attempt("scan", buttons.find, "nothing-found", async () => {
    try {
      const { answer: found } = await connection.reach(() => call("POST", "/scans", { code }));
      if (purpose === "advocate") await takeAdvocate(found);
      else await takeGuest(found, code);
    } catch (error) {
      if (error instanceof NoConnection) setTimeout(() => camera.forget(), RESCAN_AFTER_FAILURE_MS);
      if (!(error instanceof Refused && error.status === 404 && purpose === "guest" && looksLikePhone(code))) throw error;
      current.phone = code;
      go("enrol");
    }
  });
}

async function takeGuest(found, code) {
  if (found.kind === "referral") {
    current.advocate = found.referral;
    setTyped("");
    fillScan(current);
    announce(text("advocate-known", { name: found.referral.label }));
  } else if (found.kind === "member") {
    await openGuest(found, code);
  } else {
    showAlert("scan", { title: text("not-a-card"), advice: (found.messages ?? []).join(" ") });
  }
}

async function takeAdvocate(found) {
  if (found.kind !== "referral") {
    showAlert("scan", { title: text("not-an-invitation") });
    return;
  }
  current.advocate = found.referral;
  leaveAdvocate();
}

async function openGuest(found, code = "") {
  [{ currency }] = await Promise.all([connection.context(), connection.setClock()]);
  for (const key of document.querySelectorAll('[data-key="decimal"]')) key.textContent = Amount.specialKey(currency);
  const messages = [...(found.messages ?? [])];
  if (found.fresh === false && messages.length === 0 && looksLikePhonesOwnCode(code)) messages.push(text("stale"));
  current.guest = { ...found, messages };
  current.sale = new Sale(found.member.id);
  current.amount = new Amount(currency);
  go("guest");
  announce(text("guest-found", { name: found.member.label }));
}

function enrol() {
  attempt("enrol", buttons.enrol, "not-enrolled", async () => {
    const body = { phone: current.phone };
    if (current.advocate) body.referral_code = current.advocate.code;
    const { answer: found, isNew } = await connection.reach(() => call("POST", "/members", body));
    current.advocateIsBound = isNew && Boolean(current.advocate);
    await openGuest(found);
  });
}

function confirm() {
  const total = current.amount.minor;
  if (!total) return;
  attempt("guest", buttons.confirm, "no-connection", async () => {
    const receipt = { total, currency, occurredAt: businessNow(), referralCode: advocateToName()?.code };
    const { answer, body } = await connection.reach(() => current.sale.record(receipt));
    fillDone({ answer, total: body.total, keyed: total, currency, name: current.guest.member.label });
    go("done");
    stopCountDown = countDown(restart);
  });
}

/** Who is to be named with the receipt; an advocate named at enrolment is known already. */
function advocateToName() {
  return current.advocateIsBound ? null : current.advocate;
}

function askAdvocate() {
  current.purpose = "advocate";
  setTyped("");
  go("scan");
}

function leaveAdvocate() {
  current.purpose = "guest";
  setTyped("");
  go(current.guest ? "guest" : current.phone ? "enrol" : "scan");
}

function dropAdvocate() {
  current.advocate = null;
  go(current.step);
}

function setTyped(typed) {
  codeField.value = current.purpose === "guest" ? grouped(typed) : typed;
  codeField.classList.toggle("is-long", codeField.value.length > 14);
}

function pressForCode(key) {
  const typed = bare(codeField.value);
  if (key === "Enter") find(typed);
  else if (key === "Backspace") setTyped(typed.slice(0, -1));
  else if (key === "+7") setTyped(typed.startsWith("+") ? typed : `+7${typed}`);
  else if (key.length === 1) setTyped(typed + key);
  else return false;
  showAlert("scan", null);
  return true;
}

function pressForAmount(key) {
  if (key === "Enter") {
    confirm();
    return true;
  }
  if (busy || !current.amount.press(key)) return false;
  showAlert("guest", null);
  fillGuest(current);
  return true;
}

function press(key) {
  if (current.step === "scan") return pressForCode(key);
  if (current.step === "guest") return pressForAmount(key);
  if (current.step === "done" && key === "Enter") {
    restart();
    return true;
  }
  return false;
}

/** A USB scanner has read a code, in whatever step; while a guest is served, it is taken for the friend's invitation. */
function takeScanned(code) {
  if (busy) return;
  if (current.step === "done") restart();
  if (["guest", "enrol"].includes(current.step) && !current.advocateIsBound) askAdvocate();
  if (current.step === "scan") find(code);
}

function snapshot() {
  const { value } = codeField;
  const keyed = current.amount?.keyed;
  return () => {
    codeField.value = value;
    if (current.amount && current.step === "guest") {
      current.amount.keyed = keyed;
      fillGuest(current);
    }
  };
}

const actions = {
  restart,
  enrol,
  "start-camera": () => camera.start(),
  "ask-advocate": askAdvocate,
  "leave-advocate": leaveAdvocate,
  "drop-advocate": dropAdvocate,
};

document.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-key]");
  if (key) press(key.dataset.key);
  const action = target.closest("button[data-do]");
  if (action) actions[action.dataset.do]();
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.dataset.do === "find") find(codeField.value);
  else confirm();
});
codeField.addEventListener("input", () => setTyped(bare(codeField.value)));
listenToKeys({ onScan: takeScanned, onKey: press, snapshot });

restart();
camera.start();
connection.context().then(
  ({ store }) => show("store", store.name),
  () => {},
);
