// Receipts and returns: the last receipts of this till, or one by its number; the whole of it comes back, some of its
// lines, or an amount.

import { Amount } from "./amount.js";
import { call, isPractising } from "./api.js";
import { attempt, current, go, isBusy, onEnter, reached } from "./desk.js";
import { claimableUntil } from "./claim_window.js";
import { fillReturned, wordsOfReturn } from "./done.js";
import { NoConnection, Refused } from "./errors.js";
import { count, moment, money } from "./formatting.js";
import { canBeReceiptNumber, inCapitals, newReceiptNumber } from "./receipt_number.js";
import { listenToLines, ReturnedLines } from "./returned_lines.js";
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
// Of these nothing can come back: they are not at the server yet, or nothing is left.
const NOT_RETURNABLE = new Set(["waiting", "refused", "returned"]);
const PREVIEW_PAUSE_MS = 200;

let previewed = { asked: null, timer: null };

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
    // The whole, some of its lines, or a part: an amount.
    by: pending[0]?.amount === undefined ? "whole" : "part",
    amount: new Amount(current.receipt.currency),
    lines: null,
  };
  numberField.value = current.receipt.number;
  if (current.step === "receipts") fill();
  learn(current.receipt);
}

/** What the server knows of the receipt: its lines, and what other tills have taken back of it. */
async function learn(receipt) {
  if (NOT_RETURNABLE.has(receipt.state)) return;
  const standing = await standingOf(receipt.number).catch(() => null);
  if (!standing || current.receipt !== receipt || isBusy()) return;
  const { external_id: number, total, currency, returned, lines, occurred_at: at } = standing;
  Object.assign(receipt, { number, total, currency, returned, at });
  if (standing.unattached) receipt.state = "unattached";
  // It has found its guest meanwhile.
  else if (receipt.state === "unattached") receipt.state = "recorded";
  if (total > 0 && returned >= total) receipt.state = "returned";
  if (receipt.storeId) note({ number, returned, state: receipt.state }).catch(() => {});
  if (lines.length) {
    current.giving.lines = new ReturnedLines(lines);
    current.giving.lines.show(currency);
    // What was asked for before is asked for again; which lines that were, the cashier says.
    if (current.giving.submission.unanswered[0]?.lines) current.giving.by = "lines";
  }
  if (current.step === "receipts") refresh();
}

async function standingOf(number) {
  const ask = async (asked) => (await call("GET", `/receipts/${encodeURIComponent(asked)}/standing`)).answer;
  if (!canBeReceiptNumber(number)) return null;
  return ask(number).catch((error) => {
    const capitals = inCapitals(number);
    if (!(error instanceof Refused && capitals)) throw error;
    return ask(capitals);
  });
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

/** The `whole` receipt comes back, some of its `lines`, or a `part`: an amount. */
export function chooseHow(by) {
  current.giving.by = by;
  fill();
}

export function pressForReturn(key) {
  if (document.activeElement === numberField || !current.giving || isBusy()) return false;
  // Whoever ticks lines by the keyboard has not confirmed anything yet: there only the button does.
  if (current.giving.by === "lines") return key === "Enter";
  if (key === "Enter") {
    giveBack();
    return true;
  }
  if (!current.giving.amount.press(key)) return false;
  current.giving.by = "part";
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
    const content = contentOf(giving);
    const body = giving.submission.bodyOf({ ...content, occurred_at: businessNow() });
    // Kept beforehand: an unanswered return is repeated, after a reload too, and not made a second time.
    await keepUnanswered(receipt, [...giving.submission.unanswered.filter((one) => one !== body), body]);
    const mayBeRepeated = giving.submission.unanswered.length > 0;
    const { answer, body: recorded } = await sendOrForget(receipt, () => sendFor(receipt, giving.submission, body));
    await keepRecorded(receipt, answer, mayBeRepeated);
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

async function keepRecorded(receipt, answer, mayBeRepeated) {
  if (!receipt.storeId) return;
  // What is answered once more may have been counted before.
  const standing = mayBeRepeated ? await standingOf(receipt.number).catch(() => null) : null;
  const returned = standing?.returned ?? (receipt.returned ?? 0) + answer.amount;
  const state = returned >= receipt.total ? "returned" : receipt.state;
  await note({ number: receipt.number, unanswered: [], returned, state }).catch(() => {});
}

function isReady() {
  const { receipt, giving } = current;
  if (!receipt || NOT_RETURNABLE.has(receipt.state)) return false;
  if (giving.by === "lines") return giving.lines.content.length > 0;
  return giving.by === "whole" || giving.amount.minor > 0;
}

function contentOf({ by, amount, lines }) {
  if (by === "lines") return { lines: lines.content };
  return by === "whole" ? {} : { amount: amount.minor };
}

/** Ask the server what this return would give back, a moment after the last key, and say it before it is recorded. */
function lookAhead() {
  const { receipt, giving } = current;
  const content = isReady() && canBeReceiptNumber(receipt.number) ? contentOf(giving) : null;
  const asked = JSON.stringify([receipt?.number, receipt?.returned, content]);
  if (asked === previewed.asked) return;
  clearTimeout(previewed.timer);
  previewed = { asked, timer: content && setTimeout(() => preview(asked, content), PREVIEW_PAUSE_MS) };
  show("preview", null);
}

async function preview(asked, content) {
  const { receipt } = current;
  const path = `/receipts/${encodeURIComponent(receipt?.number)}/returns/preview`;
  const found = await call("POST", path, content).catch(() => null);
  if (!found || previewed.asked !== asked || isBusy()) return;
  show("preview", wordsOfReturn(found.answer, receipt.currency).join(" ") || null);
  show("give-back", text("return-amount", { amount: money(found.answer.amount, receipt.currency) }));
}

function fill() {
  showAlert("receipts", null);
  return refresh();
}

/** The same, where nothing was done that takes an alert away. */
async function refresh() {
  const { receipt, giving } = current;
  showWhen("chosen", Boolean(receipt));
  showWhen("not-chosen", !receipt);
  const isUnattached = receipt?.state === "unattached";
  const attaches = currentTill().role === WHO_ATTACHES || isPractising();
  showWhen("attach", isUnattached && attaches);
  showWhen("attach-hint", isUnattached && !attaches);
  showWhen("not-sent", receipt?.state === "waiting");
  showWhen("has-lines", Boolean(giving?.lines));
  showWhen("by-lines", giving?.by === "lines");
  showWhen("by-amount", giving?.by !== "lines");
  returnButton.disabled = !isReady();
  decimalKey.textContent = Amount.specialKey(currentTill().currency);
  if (receipt) fillChosen(receipt, giving);
  lookAhead();
  await fillList();
}

function fillChosen(receipt, { by, amount, lines }) {
  const left = receipt.total === null ? null : receipt.total - (receipt.returned ?? 0);
  show("receipt-number", text("number", { number: receipt.number }));
  show("receipt-total", receipt.total === null ? "" : money(receipt.total, receipt.currency));
  show("receipt-state", receipt.state ? stateInFull(receipt) : text("not-of-this-till"));
  show("whole-amount", left === null ? text("all-that-is-left") : money(left, receipt.currency));
  for (const radio of document.querySelectorAll("[name=giving]")) radio.checked = radio.value === by;
  show("part-amount", by === "part" ? String(amount) : text("key-in"));
  lines?.refresh();
  const chosen = by === "lines" ? lines.content.length : 0;
  show("lines-chosen", chosen ? text("lines-chosen", { number: count(chosen) }) : text("tick"));
  const back = by === "whole" ? left : by === "part" ? amount.minor : null;
  show("give-back", back ? text("return-amount", { amount: money(back, receipt.currency) }) : text("return"));
}

function stateInFull(receipt) {
  const until = receipt.state === "unattached" && claimableUntil(receipt.at);
  return until ? text("state-claimable", { day: until }) : stateOf(receipt);
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

function changeLines(change) {
  if (isBusy()) return;
  change(current.giving.lines);
  fill();
}

listenToLines({
  onTick: (position, ticked) => changeLines((lines) => lines.tick(position, ticked)),
  onChange: (position, by) => changeLines((lines) => lines.change(position, by)),
});

list.addEventListener("click", ({ target }) => {
  const chosen = target.closest("button");
  if (chosen) choose(chosen.dataset.number);
});
