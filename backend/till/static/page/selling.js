// The guest step: the receipt's amount, earn or spend, and Confirm. Whatever happens, the receipt counts once.

import { Amount } from "./amount.js";
import { looksLikePhonesOwnCode } from "./code.js";
import { isConnected, lookAgain } from "./connection.js";
import { attempt, current, go, isBusy, onEnter, onRestart, reached } from "./desk.js";
import { fillDone, fillKept, fillUnattached } from "./done.js";
import { NoConnection, Refused } from "./errors.js";
import { renewCoupons } from "./giving.js";
import { enqueue } from "./queue.js";
import { newReceiptNumber } from "./receipt_number.js";
import { note } from "./receipts_here.js";
import { fillGuest } from "./screens.js";
import { businessNow, currentTill } from "./session.js";
import { Spending } from "./spending.js";
import { Submission } from "./submission.js";
import { text } from "./texts.js";
import { offerUndo } from "./undoing.js";
import { announce, showAlert } from "./view.js";

// While the amount was keyed, the code grew old.
const CODE_IS_OLD = new Set(["fresh-code-needed", "code-already-used"]);

const confirmButton = document.querySelector('form[data-do="confirm"] [type=submit]');

onEnter("guest", fillGuest);
onRestart(({ spending }) => spending?.cancel());

/** The guest whom the server knows by this code. */
export function openGuest(found, code = "") {
  const messages = [...(found.messages ?? [])];
  if (found.fresh === false && messages.length === 0 && looksLikePhonesOwnCode(code)) messages.push(text("stale"));
  open({ ...found, messages, code });
  // The shop's time may have been set since the page was opened; the receipt is dated by it.
  current.timeIsKnown = lookAgain();
  announce(text("guest-found", { name: found.member.label }));
}

/** A guest of whom nothing is known but the code: without a connection, or because nobody has it yet. */
export function openUnseen({ code, kind, lastDigits, isUnknown = false }) {
  open({ isUnseen: true, isUnknown, code, kind, lastDigits, messages: [], spendable_points: 0 });
  announce(text("code-read"));
}

/** Nobody is named: the receipt is kept, for whoever claims it by its number. */
export function openNobody() {
  current.advocate = null;
  open({ isUnseen: true, isNobody: true, code: "", messages: [], spendable_points: 0 });
  announce(text("without-card"));
}

function open(guest) {
  const till = currentTill();
  current.guest = guest;
  current.sale = new Submission(newReceiptNumber());
  current.amount = new Amount(till.currency);
  current.spending = new Spending({ spendable: guest.spendable_points, terms: till.spending });
  current.keying = "amount";
  go("guest");
}

/** The same guest has shown a fresh code: points can be spent. */
export function renewCode(found, code) {
  const { coupons, ...renewed } = found;
  current.guest = { ...current.guest, ...renewed, kind: "member", messages: found.messages ?? [], code };
  renewCoupons(current.guest, coupons ?? []);
  if (found.may_spend) chooseToSpend(true);
}

/** Earn, or spend; only a fresh code lets spend. */
export function chooseToSpend(chosen) {
  if (isLocked()) return;
  current.spending.chosen = chosen;
  current.keying = chosen && current.amount.minor ? "points" : "amount";
}

/** Which of the two figures the keys write. */
export function key(figure) {
  current.keying = figure;
  fillGuest(current);
}

export function pressForAmount(key) {
  if (key === "Enter") {
    confirm();
    return true;
  }
  if (isBusy() || isLocked()) return false;
  const figure = current.keying === "points" ? current.spending : current.amount;
  if (!figure.press(key)) return false;
  showAlert("guest", null);
  fillGuest(current);
  return true;
}

/** Points are set aside for this very amount, and whether the receipt has arrived is not known. */
function isLocked() {
  return Boolean(current.spending?.isHeld);
}

/** Record the receipt. */
export function confirm() {
  if (!current.amount?.minor) return;
  if (current.spending.chosen) attempt("guest", confirmButton, "not-spent", spend);
  else attempt("guest", confirmButton, "no-connection", earn);
}

async function earn() {
  await current.timeIsKnown;
  const body = bodyOfSale();
  if (!isConnected()) return keep({ ...body, offline: true });
  try {
    finish(await reached(() => current.sale.send("/receipts", body)));
  } catch (error) {
    if (!(error instanceof NoConnection)) throw error;
    // Whether it arrived is not known: the very same receipt is sent again, and counts once.
    await keep(body, { sent: true });
  }
}

async function keep(body, { sent = false } = {}) {
  await enqueue({ store: currentTill().store, body, sent });
  offerUndo({ number: body.external_id, total: body.total, currency: body.currency, hasGiven: current.guest.hasGiven });
  if (current.guest.isNobody) fillUnattached(body, { isSent: false });
  else fillKept(body);
  current.lingers = Boolean(current.guest.isNobody);
  go("done");
}

async function spend() {
  const { spending, amount } = current;
  const points = spending.points(amount.minor);
  if (!points) return;
  await current.timeIsKnown;
  const held = await setAside(points);
  try {
    const sent = await reached(() => current.sale.send("/receipts", { ...bodyOfSale(), reservation_id: held.id }));
    spending.settled();
    finish(sent, held);
  } catch (error) {
    if (error instanceof NoConnection) {
      showAlert("guest", { title: text("not-answered"), advice: text("press-again") });
      return;
    }
    await spending.cancel();
    throw error;
  } finally {
    fillGuest(current);
  }
}

async function setAside(points) {
  const { spending, guest, amount } = current;
  try {
    return await reached(() => spending.reserve({ code: guest.code, points, amount: amount.minor }));
  } catch (error) {
    if (error instanceof Refused && CODE_IS_OLD.has(error.problem.type)) {
      // From now on Spend asks for the guest's code.
      guest.may_spend = false;
      chooseToSpend(false);
      fillGuest(current);
    }
    throw error;
  }
}

function bodyOfSale() {
  const { guest, amount, sale } = current;
  const till = currentTill();
  const advocate = current.advocateIsBound ? null : current.advocate;
  return sale.bodyOf({
    ...whoBuys(guest),
    occurred_at: businessNow(),
    currency: till.currency,
    total: amount.minor,
    lines: [],
    // Whoever is signed in when a kept receipt is sent has not sold it.
    ...(till.cashier ? { cashier: till.cashier } : {}),
    ...(advocate ? { referral_code: advocate.code } : {}),
  });
}

function whoBuys({ isNobody, isUnseen, code, member }) {
  if (isNobody) return {};
  return isUnseen ? { code } : { member_id: member.id };
}

function finish({ answer, body }, held = null) {
  const { currency, total } = body;
  const state = answer.unattached ? "unattached" : "recorded";
  const receipt = { number: body.external_id, total, currency, at: body.occurred_at, state };
  // That it is not noted here takes nothing from the receipt.
  note({ ...receipt, storeId: currentTill().store.id }).catch(() => {});
  offerUndo({ ...receipt, hasGiven: current.guest.hasGiven });
  current.lingers = answer.unattached;
  fillDone({ answer, body, keyed: current.amount.minor, name: current.guest.member?.label ?? "", held });
  go("done");
}
