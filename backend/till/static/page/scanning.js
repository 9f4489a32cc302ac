// The scan step: whose code is this? What was scanned or typed is looked up, or, without a connection, read by its form.

import { call, isPractising } from "./api.js";
import { Camera } from "./camera.js";
import { canBeClaimed } from "./claim_window.js";
import { bare, grouped, looksLikePhone, readByForm } from "./code.js";
import { isConnected } from "./connection.js";
import { attempt, current, go, isBusy, onAnyStep, onEnter, onRestart, reached, restart } from "./desk.js";
import { NoConnection, Refused } from "./errors.js";
import { fillEnrol, fillScan } from "./screens.js";
import { renewCoupons } from "./giving.js";
import { currentTill } from "./session.js";
import { openGuest, openNobody, openUnseen, renewCode } from "./selling.js";
import { claimFor } from "./claiming.js";
import { text } from "./texts.js";
import { announce, showAlert, showCamera, showWhen } from "./view.js";

const RESCAN_AFTER_FAILURE_MS = 2500;
const SCAN_TIMEOUT_MS = 6000;

const codeField = document.getElementById("code");
const findButton = document.querySelector('form[data-do="find"] [type=submit]');
const enrolButton = document.querySelector('[data-do="enrol"]');

export const camera = new Camera({
  video: document.querySelector(".camera__picture"),
  onCode: (code) => find(code),
  onState: showCamera,
});

onAnyStep((step) => {
  camera.looking = step === "scan" && !isPractising();
});
onEnter("scan", fillScan);
onEnter("enrol", fillEnrol);
onRestart(() => {
  setTyped("");
  offerToKeep(null);
});

/** Look up what was scanned or typed. */
export function find(given) {
  const code = bare(given);
  const { purpose } = current;
  offerToKeep(null);
  if (!code) {
    showAlert("scan", { title: text("empty-code") });
    return;
  }
  if (!currentTill().currency) {
    showNoProgramme();
    return;
  }
  attempt("scan", findButton, "nothing-found", async () => {
    try {
      if (!isConnected()) throw new NoConnection();
      const scan = () => call("POST", "/scans", { code }, { timeoutMs: SCAN_TIMEOUT_MS });
      await take((await reached(scan)).answer, code, purpose);
    } catch (error) {
      if (error instanceof NoConnection) takeUnseen(code, purpose, error);
      else if (error instanceof Refused && error.problem.type === "unknown-code") takeUnknown(code, purpose, error);
      else throw error;
    }
  });
}

async function take(found, code, purpose) {
  if (purpose === "advocate") takeAdvocate(found, code);
  else if (found.kind === "referral" && purpose === "guest") keepAdvocate(found.referral);
  else if (found.kind === "coupon" && purpose === "guest") openGuest(found);
  else if (purpose === "coupon") takeCoupon(found);
  else if (found.kind !== "member") refuseCode(found);
  else if (purpose === "code") takeRenewed(found, code);
  else if (purpose === "claim") await claimFor(current.receipt, code);
  else openGuest(found, code);
}

/** Without a connection nobody is looked up: a code that can be a guest's is taken as it is. */
function takeUnseen(code, purpose, error) {
  setTimeout(() => camera.forget(), RESCAN_AFTER_FAILURE_MS);
  if (purpose !== "guest") throw error;
  const read = readByForm(code);
  if (read) openUnseen({ ...read, code });
  else showAlert("scan", { title: text("not-a-card"), advice: text("not-read-offline") });
}

function takeUnknown(code, purpose, error) {
  if (purpose !== "guest") throw error;
  if (looksLikePhone(code)) {
    current.phone = code;
    go("enrol");
  } else {
    if (readByForm(code) && canBeClaimed()) offerToKeep(code);
    throw error;
  }
}

/** A receipt whose guest nobody knows yet can be kept, until somebody can say whose it is. */
function offerToKeep(code) {
  current.unknownCode = code;
  showWhen("unknown-code", Boolean(code));
}

/** Sell to a guest whom nobody knows yet. */
export function sellToUnknown() {
  openUnseen({ ...readByForm(current.unknownCode), code: current.unknownCode, isUnknown: true });
}

/** Sell to a guest who shows no card and gives no phone. */
export function sellToNobody() {
  if (!currentTill().currency) showNoProgramme();
  else openNobody();
}

function showNoProgramme() {
  showAlert("scan", { title: text("no-programme"), advice: text("no-programme-words") });
}

function refuseCode(found) {
  showAlert("scan", { title: text("not-a-card"), advice: (found.messages ?? []).join(" ") });
}

function keepAdvocate(advocate) {
  current.advocate = advocate;
  setTyped("");
  fillScan(current);
  announce(text("advocate-known", { name: advocate.label }));
}

function takeAdvocate(found, code) {
  if (found.kind === "referral") {
    current.advocate = found.referral;
    leavePurpose();
  } else if (found.kind === "coupon") {
    takeCoupon(found);
  } else if (isSameGuest(found)) {
    takeRenewed(found, code);
  } else {
    showAlert("scan", { title: text("not-an-invitation") });
  }
}

function takeRenewed(found, code) {
  if (!isSameGuest(found)) {
    showAlert("scan", { title: text("another-guests-code") });
    return;
  }
  renewCode(found, code);
  leavePurpose();
}

/** A coupon of the guest who is served, or a fresh code that opens all of them. */
function takeCoupon(found) {
  if (!isSameGuest(found)) {
    showAlert("scan", { title: text("another-guests-code") });
    return;
  }
  if (found.kind === "member" && !found.fresh) {
    showAlert("scan", { title: text("coupon-needs-code") });
    return;
  }
  renewCoupons(current.guest, found.coupons);
  leavePurpose();
}

function isSameGuest(found) {
  return found.kind !== "referral" && found.member.id === current.guest?.member?.id;
}

/** Give a card to the guest whose phone was typed. */
export function enrol() {
  attempt("enrol", enrolButton, "not-enrolled", async () => {
    const body = { phone: current.phone };
    if (current.advocate) body.referral_code = current.advocate.code;
    const { answer: found, isNew } = await reached(() => call("POST", "/members", body));
    current.advocateIsBound = isNew && Boolean(current.advocate);
    openGuest(found);
  });
}

/** Scan for something else than a guest: `advocate`, `code`, `coupon` or `claim`. */
export function scanFor(purpose) {
  current.purpose = purpose;
  setTyped("");
  go("scan");
}

/** Back to where the scan was asked for. */
export function leavePurpose() {
  const { purpose } = current;
  current.purpose = "guest";
  setTyped("");
  if (purpose === "claim") go("receipts");
  else go(current.guest ? "guest" : current.phone ? "enrol" : "scan");
}

export function dropAdvocate() {
  current.advocate = null;
  go(current.step);
}

export function setTyped(typed) {
  codeField.value = current.purpose === "advocate" ? typed : grouped(typed);
  codeField.classList.toggle("is-long", codeField.value.length > 14);
}

/** A key in the scan step. */
export function pressForCode(key) {
  const typed = bare(codeField.value);
  if (key === "Enter") find(typed);
  else if (key === "Backspace") setTyped(typed.slice(0, -1));
  else if (key === "+7") setTyped(typed.startsWith("+") ? typed : `+7${typed}`);
  else if (key.length === 1) setTyped(typed + key);
  else return false;
  showAlert("scan", null);
  return true;
}

/** A USB scanner has read a code, in whatever step; while a guest is served, it is taken for the friend's invitation. */
export function takeScanned(code) {
  if (isBusy()) return;
  // The card was found after all.
  if (current.step === "guest" && current.guest.isNobody) restart();
  if (["guest", "enrol"].includes(current.step) && !current.advocateIsBound) scanFor("advocate");
  if (current.step === "scan") find(code);
}
