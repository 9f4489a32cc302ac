// The cashier's page: scan, guest and amount, done. This joins its parts: what is pressed, typed and scanned goes to
// whoever looks after the step that is shown.

import { isPractising } from "./api.js";
import { bare } from "./code.js";
import { isReached, lookAgain, onConnection, tellConnection } from "./connection.js";
import { countDown, hideCountDown } from "./countdown.js";
import { current, go, isBusy, onAnyStep, onRestart, restart } from "./desk.js";
import { give } from "./giving.js";
import { listenToKeys } from "./keyboard.js";
import { keepPage } from "./offline.js";
import { togglePractice } from "./practice.js";
import { chooseHow, giveBack, openReceipts, pressForReturn, takeNumber } from "./returning.js";
import * as scanning from "./scanning.js";
import { fillGuest } from "./screens.js";
import * as selling from "./selling.js";
import { currentTill } from "./session.js";
import { Sync } from "./sync.js";
import { undo } from "./undoing.js";
import { show, showConnection, showWhen } from "./view.js";
import { look, openWaiting, sendNow } from "./waiting.js";

const codeField = document.getElementById("code");
const numberField = document.getElementById("receipt-number");
let stopCountDown = () => {};

const sync = new Sync({
  onReached: (reached) => tellConnection(reached ? "online" : "offline"),
  onEnded: () => tellConnection("signed-out"),
});

onConnection((state, changed) => {
  showConnection(state);
  showWhen("without-server", state !== "online" && !isPractising());
  showWhen("offline", state === "offline");
  showWhen("signed-out", state === "signed-out");
  if (state === "online" && changed) sync.run();
  if (state === "online" && current.step === "ended") restart();
  if (state === "signed-out" && changed && current.step === "scan" && !codeField.value) go("ended");
  if (changed && current.step === "guest" && !isBusy()) fillGuest(current);
  showTill();
});
onRestart(() => stopCountDown());
onAnyStep((step) => {
  stopCountDown();
  if (step === "done" && current.lingers) hideCountDown();
  else if (step === "done") stopCountDown = countDown(restartWhenIdle);
});

/** What is still under way says its own word first. */
function restartWhenIdle() {
  if (!isBusy()) restart();
}

/** Who stands here, in the header: a page that opened without a connection may have known nobody. */
function showTill() {
  const till = currentTill();
  showWhen("known-till", Boolean(till));
  showWhen("unknown-till", !till);
  if (!till) return;
  show("store", till.store.name);
  show("cashier", till.cashier);
  showWhen("cashier", Boolean(till.cashier));
}

function press(key) {
  if (current.step === "scan") return scanning.pressForCode(key);
  if (current.step === "guest") return selling.pressForAmount(key);
  if (current.step === "receipts") return pressForReturn(key);
  if (current.step === "done" && key === "Enter") {
    restartWhenIdle();
    return true;
  }
  return false;
}

/** A USB scanner has read something, in whatever step. */
function takeScanned(code) {
  if (isBusy()) return;
  if (current.step === "receipts") {
    takeNumber(code);
    return;
  }
  if (current.step === "done") restart();
  scanning.takeScanned(code);
}

function snapshot() {
  const { value } = codeField;
  const number = numberField.value;
  const keyed = [current.amount?.keyed, current.spending?.keyed];
  return () => {
    codeField.value = value;
    numberField.value = number;
    if (current.amount && current.step === "guest") {
      [current.amount.keyed, current.spending.keyed] = keyed;
      fillGuest(current);
    }
  };
}

const actions = {
  restart,
  enrol: scanning.enrol,
  "start-camera": () => scanning.camera.start(),
  "ask-advocate": () => scanning.scanFor("advocate"),
  "ask-coupon": () => scanning.scanFor("coupon"),
  give,
  "leave-purpose": scanning.leavePurpose,
  "drop-advocate": scanning.dropAdvocate,
  "sell-to-unknown": scanning.sellToUnknown,
  "sell-to-nobody": scanning.sellToNobody,
  "key-amount": () => selling.key("amount"),
  "key-points": () => selling.key("points"),
  "sell-on": restart,
  undo: (button) => undo({ button, place: current.step, whenOver: openReceipts, send: () => sync.run() }),
  "open-receipts": () => openReceipts(),
  attach: () => scanning.scanFor("claim"),
  "open-waiting": openWaiting,
  "send-now": (button) => sendNow(button, () => sync.run()),
  practice: () => {
    togglePractice();
    look();
    sync.run();
  },
  "practice-guest": (button) => scanning.find(button.dataset.code),
};
const forms = { find: () => scanning.find(codeField.value), confirm: selling.confirm, return: giveBack };
const choices = {
  choice: (value) => {
    const { may_spend: maySpend, spending_paused_until: isPaused } = current.guest;
    if (value === "spend" && !maySpend && !isPaused) scanning.scanFor("code");
    else if (value === "spend" && isPaused) selling.chooseToSpend(false);
    else selling.chooseToSpend(value === "spend");
    if (current.step === "guest") fillGuest(current);
  },
  giving: chooseHow,
};

document.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-key]");
  if (key) press(key.dataset.key);
  const pressed = target.closest("button[data-do]");
  // What is under way comes to its end before anything else begins; the camera has no part in it.
  if (pressed && (!isBusy() || pressed.dataset.do === "start-camera")) actions[pressed.dataset.do](pressed);
});
document.addEventListener("click", (event) => {
  // Without a connection the page it leads to cannot come, and this one would be gone.
  if (event.target.closest("[data-needs=connection]") && !isReached()) event.preventDefault();
});
document.addEventListener("change", ({ target }) => choices[target.name]?.(target.value));
document.addEventListener("submit", (event) => {
  event.preventDefault();
  forms[event.target.dataset.do]();
});
codeField.addEventListener("input", () => scanning.setTyped(bare(codeField.value)));
numberField.addEventListener("change", () => takeNumber(numberField.value));
listenToKeys({ onScan: takeScanned, onKey: press, snapshot });

showTill();
restart();
scanning.camera.start();
keepPage();
look();
lookAgain().then(() => sync.run());
