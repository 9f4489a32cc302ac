// Receipts and returns: the last receipts of this till, or one by its number; the whole of it comes back, or an amount.

import { Amount } from "./amount.js";
import { isPractising } from "./api.js";
import { attempt, current, go, isBusy, onEnter, reached } from "./desk.js";
import { fillReturned } from "./done.js";
import { NoConnection, Refused } from "./errors.js";
import { moment, money } from "./formatting.js";
import { canBeReceiptNumber, inCapitals, newReceiptNumber } from "./receipt_number.js";
import { note, receiptHere, receiptsOf } from "./receipts_here.js";
import { businessNow, currentTill } from "./session.js";
import { Submission } from "./submission.js";
import { text } from "./texts.js";
import { forgetUndo } from "./undoing.js";
import { show, showAlert, showWhen } from "./view.js";

const numberField = document.getElementById("receipt-number");
const list = document.querySelector("[data-list=receipts]");
const row = document.getElementById("receipt-row");
const returnButton = document.querySelector('form[data-do="return"] [type=submit]');
const decimalKey = document.querySelector('[data-keypad=return] [data-key="decimal"]');
const WHO_ATTACHES = "store_manager";

onEnter("receipts", fill);

/** Show the receipts; `number` names the one that is meant already. */
export async function openReceipts(number = null) {
  current.receipt = null;
  numberField.value = number ?? "";
  if (number) await choose(number);
  go("receipts");
}

/** The receipt with this number, whether this till knows it or not. */
export async function choose(number) {
  // What is under way is about the receipt that was chosen before.
  if (isBusy()) return;
  const known = (await receiptHere(number).catch(() => null)) ?? (await knownInCapitals(number));
  current.receipt = known ?? { number, total: null, currency: currentTill().currency };
  const pending = current.receipt.unanswered ?? [];
  current.giving = {
    submission: new Submission(pending[0]?.external_id ?? newReceiptNumber(), pending),
    whole: pending.length === 0 || pending[0].amount === undefined,
    amount: new Amount(current.receipt.currency),
  };
  numberField.value = current.receipt.number;
  if (current.step === "receipts") fill();
}

async function knownInCapitals(number) {
  const capitals = inCapitals(number);
  return capitals && receiptHere(capitals).catch(() => null);
}

/** A number was typed or scanned. */
export function takeNumber(typed) {
  const number = typed.trim();
  if (number) choose(number);
}

/** The whole receipt comes back, or an amount. */
export function chooseWhole(whole) {
  current.giving.whole = whole;
  fill();
}

export function pressForReturn(key) {
  if (document.activeElement === numberField || !current.giving || isBusy()) return false;
  if (key === "Enter") {
    giveBack();
    return true;
  }
  if (!current.giving.amount.press(key)) return false;
  current.giving.whole = false;
  fill();
  return true;
}

/** Record the return. */
export function giveBack() {
  if (!isReady()) return;
  if (!canBeReceiptNumber(current.receipt.number)) {
    showAlert("receipts", { title: text("no-such-number"), advice: text("check-number") });
    return;
  }
  attempt("receipts", returnButton, "not-returned", async () => {
    const { receipt, giving } = current;
    const content = giving.whole ? {} : { amount: giving.amount.minor };
    const body = giving.submission.bodyOf({ ...content, occurred_at: businessNow() });
    // Kept beforehand: an unanswered return is repeated, after a reload too, and not made a second time.
    await keepUnanswered(receipt, [...giving.submission.unanswered.filter((one) => one !== body), body]);
    const { answer, body: recorded } = await sendOrForget(receipt, () => sendFor(receipt, giving.submission, body));
    await keepRecorded(receipt, answer);
    const earlier = recorded === body ? [] : [text("earlier-return", { amount: money(answer.amount, receipt.currency) })];
    forgetUndo(receipt.number);
    fillReturned({ answer, currency: receipt.currency, words: earlier });
    go("done");
  });
}

/** By the number as it was typed; where nothing has it, by what it is in capitals. */
async function sendFor(receipt, submission, body) {
  const send = () => submission.send(`/receipts/${encodeURIComponent(receipt.number)}/returns`, body);
  try {
    return await send();
  } catch (error) {
    const capitals = inCapitals(receipt.number);
    if (!(error instanceof Refused && error.problem.type === "unknown-receipt" && capitals)) throw error;
    receipt.number = capitals;
    return send();
  }
}

async function sendOrForget(receipt, send) {
  try {
    return await reached(send);
  } catch (error) {
    if (!(error instanceof NoConnection)) await keepUnanswered(receipt, []);
    throw error;
  }
}

function keepUnanswered(receipt, unanswered) {
  return receipt.storeId ? note({ number: receipt.number, unanswered }) : undefined;
}

async function keepRecorded(receipt, answer) {
  if (!receipt.storeId) return;
  const returned = (receipt.returned ?? 0) + answer.amount;
  const state = returned >= receipt.total ? "returned" : receipt.state;
  await note({ number: receipt.number, unanswered: [], returned, state }).catch(() => {});
}

function isReady() {
  const { receipt, giving } = current;
  if (!receipt || ["waiting", "refused", "returned"].includes(receipt.state)) return false;
  return giving.whole || giving.amount.minor > 0;
}

async function fill() {
  const { receipt, giving } = current;
  showAlert("receipts", null);
  showWhen("chosen", Boolean(receipt));
  showWhen("not-chosen", !receipt);
  const isUnattached = receipt?.state === "unattached";
  const attaches = currentTill().role === WHO_ATTACHES || isPractising();
  showWhen("attach", isUnattached && attaches);
  showWhen("attach-hint", isUnattached && !attaches);
  showWhen("not-sent", receipt?.state === "waiting");
  returnButton.disabled = !isReady();
  decimalKey.textContent = Amount.specialKey(currentTill().currency);
  if (receipt) fillChosen(receipt, giving);
  await fillList();
}

function fillChosen(receipt, { whole, amount }) {
  const left = receipt.total === null ? null : receipt.total - (receipt.returned ?? 0);
  show("receipt-number", text("number", { number: receipt.number }));
  show("receipt-total", receipt.total === null ? "" : money(receipt.total, receipt.currency));
  show("receipt-state", receipt.state ? stateOf(receipt) : text("not-of-this-till"));
  show("whole-amount", left === null ? text("all-that-is-left") : money(left, receipt.currency));
  for (const radio of document.querySelectorAll("[name=giving]")) radio.checked = (radio.value === "whole") === whole;
  show("part-amount", whole ? text("key-in") : String(amount));
  const back = whole ? left : amount.minor;
  show("give-back", back ? text("return-amount", { amount: money(back, receipt.currency) }) : text("return"));
}

function stateOf(receipt) {
  const { returned, state, currency } = receipt;
  if (returned && state !== "returned") return text("state-partly", { amount: money(returned, currency) });
  return text(`state-${state}`);
}

async function fillList() {
  const till = currentTill();
  const receipts = await receiptsOf(till.store.id).catch(() => []);
  const rows = receipts.map((receipt) => {
    const item = row.content.cloneNode(true);
    const button = item.querySelector("button");
    button.dataset.number = receipt.number;
    button.setAttribute("aria-pressed", String(receipt.number === current.receipt?.number));
    item.querySelector("[data-cell=amount]").textContent = money(receipt.total, receipt.currency);
    item.querySelector("[data-cell=at]").textContent = moment(receipt.at, till.store.zone, businessNow());
    item.querySelector("[data-cell=number]").textContent = receipt.number;
    item.querySelector("[data-cell=state]").textContent = stateOf(receipt);
    item.querySelector("[data-cell=state]").dataset.state = receipt.state;
    return item;
  });
  list.replaceChildren(...rows);
  showWhen("no-receipts", rows.length === 0);
}

list.addEventListener("click", ({ target }) => {
  const chosen = target.closest("button");
  if (chosen) choose(chosen.dataset.number);
});
