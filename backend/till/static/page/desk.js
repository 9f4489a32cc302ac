// What is going on at this till now, and the way from step to step.

import { reach } from "./connection.js";
import { NoConnection, NotKept, Refused } from "./errors.js";
import { currentTill } from "./session.js";
import { text } from "./texts.js";
import { setBusy, showAlert, showStep } from "./view.js";

const nothing = () => ({
  step: "scan",
  // Whom a scan is for: the guest; the advocate whose invitation the guest brings; the guest once more, whose code must
  // be fresh to spend, or opens a coupon; or the guest to whom a kept receipt belongs.
  purpose: "guest",
  guest: null,
  phone: null,
  // What was scanned or typed, where the server knows nobody by it.
  unknownCode: null,
  advocate: null,
  advocateIsBound: false,
  // The receipt that is being made: itself, its amount, the points that pay, and which of the two the keys write.
  sale: null,
  amount: null,
  spending: null,
  keying: "amount",
  timeIsKnown: null,
  // The done step stays until somebody goes on: what it shows is being written down.
  lingers: false,
  // The receipt that comes back or finds its guest, and how much of it comes back.
  receipt: null,
  giving: null,
});

export let current = nothing();
let busy = false;
const entering = {};
const onward = [];
const leaving = [];

/** `fill` prepares a step's screen, every time before it is shown. */
export function onEnter(step, fill) {
  entering[step] = fill;
}

/** `clean` is called before everything begins anew. */
export function onRestart(clean) {
  leaving.push(clean);
}

/** Show a step. */
export function go(step) {
  current.step = step;
  for (const place of document.querySelectorAll("[data-alert]")) showAlert(place.dataset.alert, null);
  entering[step]?.(current);
  for (const listener of onward) listener(step);
  showStep(step);
}

/** `listener(step)` hears of every step. */
export function onAnyStep(listener) {
  onward.push(listener);
}

/** The next guest: nothing of the last one stays. A device that does not know its store serves nobody. */
export function restart() {
  for (const clean of leaving) clean(current);
  current = nothing();
  go(currentTill() ? "scan" : "ended");
}

export function isBusy() {
  return busy;
}

/**
 * Run what a button began: one at a time, the button busy, errors told in the place where it was pressed. What calls
 * the server goes by `reached`. Without a connection `nothingHappened` names what is said.
 */
export async function attempt(place, pressed, nothingHappened, work) {
  if (busy) return;
  busy = true;
  setBusy(pressed, true);
  showAlert(place, null);
  try {
    await work();
  } catch (error) {
    showFailure(place, error, nothingHappened);
  } finally {
    busy = false;
    setBusy(pressed, false);
  }
}

/** Call the server in the name of whoever is signed in; where nobody is any more, the page says so. */
export async function reached(work) {
  try {
    return await reach(work);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) go("ended");
    throw error;
  }
}

function showFailure(place, error, nothingHappened) {
  if (error instanceof NoConnection) showAlert(place, { title: text(nothingHappened), advice: text("try-again") });
  else if (error instanceof NotKept) showAlert(place, { title: text("not-kept"), advice: text("not-kept-advice") });
  else if (error instanceof Refused) showAlert(place, refusal(error.problem));
  else throw error;
}

/** A problem in words: what happened, and what can be done. */
export function refusal(problem) {
  const fields = Object.values(problem.errors ?? {}).flat().filter((words) => typeof words === "string");
  return { title: problem.title || text("failed"), advice: [problem.detail, ...fields].filter(Boolean).join(" ") };
}
