// The last receipts of this till, so that one can be returned without typing its number. Nothing in them says whose
// they are.

import { isPractising } from "./api.js";
import { outcome, transact } from "./database.js";

const KEPT_MAXIMUM = 20;

// What was sold in practice: it goes with the practice.
let practised = new Map();

/**
 * Note a receipt: `number`, `storeId`, `total`, `currency`, `at`, and its `state`: recorded, waiting, refused, unattached
 * or returned. What was noted of it before and is not named now stays.
 */
export async function note(receipt) {
  if (isPractising()) practised.set(receipt.number, { ...practised.get(receipt.number), ...receipt });
  else await transact("readwrite", ["receipts"], (receipts) => noteIn(receipts, receipt));
}

/** The same within a transaction of somebody else. */
export async function noteIn(receipts, receipt) {
  const known = await outcome(receipts.get(receipt.number));
  // Of one that is no longer among the last there is nothing left to add to.
  if (!known && !receipt.at) return;
  receipts.put({ ...known, ...receipt });
  const all = await outcome(receipts.getAll());
  for (const old of newestFirst(all).slice(KEPT_MAXIMUM)) receipts.delete(old.number);
}

/** The last receipts of a store, newest first. */
export async function receiptsOf(storeId) {
  const all = isPractising()
    ? [...practised.values()]
    : await transact("readonly", ["receipts"], (receipts) => outcome(receipts.getAll()));
  return newestFirst(all.filter((receipt) => receipt.storeId === storeId));
}

/** What is known here of the receipt with this number. */
export async function receiptHere(number) {
  return isPractising() ? practised.get(number) : transact("readonly", ["receipts"], (receipts) => outcome(receipts.get(number)));
}

function newestFirst(receipts) {
  return receipts.sort((one, other) => other.at.localeCompare(one.at));
}

/** Practice begins and ends with no receipts. */
export function forgetPractised() {
  practised = new Map();
}
