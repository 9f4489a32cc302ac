// Undo of the last sale, for a minute: a return of the whole receipt, by a number made of the sale's, so that it is one
// return however often it is asked for. A receipt that has not left this device is simply let go, unless a coupon was
// handed over with it: that is good again only when the server knows.

import { isPractising } from "./api.js";
import { attempt, go, reached } from "./desk.js";
import { fillUndone } from "./done.js";
import { NoConnection } from "./errors.js";
import { money } from "./formatting.js";
import { isWaiting, takeBack } from "./queue.js";
import { note } from "./receipts_here.js";
import { businessNow } from "./session.js";
import { Submission } from "./submission.js";
import { text } from "./texts.js";
import { show, showWhen } from "./view.js";

const SECONDS = 60;
// How long the page says where the receipt is to be found after the minute.
const HINT_SECONDS = 20;

let last = null;
let timer = null;

/** The sale that can be undone from now on: number, total, currency, and whether it `hasGiven` a coupon. */
export function offerUndo(receipt) {
  last = { ...receipt, submission: new Submission(`${receipt.number}-U`), madeAt: Date.now() };
  clearInterval(timer);
  timer = setInterval(tell, 1000);
  tell();
}

/** Nothing can be undone any more, or not this receipt. */
export function forgetUndo(number = last?.number) {
  if (number !== last?.number) return;
  last = null;
  clearInterval(timer);
  tell();
}

function secondsLeft() {
  return last ? SECONDS - Math.floor((Date.now() - last.madeAt) / 1000) : -HINT_SECONDS;
}

function tell() {
  const left = secondsLeft();
  if (left <= -HINT_SECONDS) {
    clearInterval(timer);
    showWhen("undo", false);
    return;
  }
  showWhen("undo", true);
  const facts = { amount: money(last.total, last.currency), seconds: left };
  show("undo", left > 0 ? text("undo", facts) : text("undo-over"));
  show("undo-amount", left > 0 ? text("undo-amount", facts) : text("undo-over"));
}

/**
 * Undo the last sale; `whenOver(number)` leads to where returns are, after the minute, and `send` sends what waits: a
 * receipt that may be on its way arrives before it is taken back, since what arrived afterwards would stay.
 */
export function undo({ button, place, whenOver, send }) {
  if (!last) return;
  if (secondsLeft() <= 0) {
    whenOver(last.number);
    return;
  }
  attempt(place, button, "not-undone", async () => {
    const undone = last;
    if (!undone.hasGiven && (await takeBack(undone.number).catch(() => false))) {
      forgetUndo();
      fillUndone({ ...undone, answer: null });
    } else {
      if (await mayBeOnItsWay(undone.number, send)) throw new NoConnection();
      const body = undone.submission.bodyOf({ occurred_at: (undone.undoneAt ??= businessNow()), undo: true });
      const path = `/receipts/${encodeURIComponent(undone.number)}/returns`;
      const { answer } = await reached(() => undone.submission.send(path, body));
      forgetUndo();
      await note({ number: undone.number, state: "returned", returned: undone.total }).catch(() => {});
      fillUndone({ ...undone, answer });
    }
    go("done");
  });
}

async function mayBeOnItsWay(number, send) {
  if (isPractising() || !(await isWaiting(number).catch(() => false))) return false;
  await send();
  return isWaiting(number);
}
