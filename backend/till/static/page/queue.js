// Receipts that wait for a connection. One stays here until the server has said what became of it; its number was made
// with it, so that it counts once however often it is sent.

import { outcome, transact } from "./database.js";
import { noteIn } from "./receipts_here.js";

// Statuses of a refusal that passes: the receipt is being recorded, there is too much to do, the server is not ready.
const PASSING = new Set([409, 429, 503]);
const channel = new BroadcastChannel("molva-till-queue");
const listeners = [];

channel.addEventListener("message", tellHere);

function tellHere() {
  for (const listener of listeners) listener();
}

function tell() {
  tellHere();
  channel.postMessage("changed");
}

/** Hear of every change, of other tabs too. */
export function onQueueChange(listener) {
  listeners.push(listener);
}

/** Keep a receipt until it can be sent. `sent` says that it was sent already, and not answered. */
export async function enqueue({ store, body, sent = false }) {
  await transact("readwrite", ["queue", "receipts"], async (queue, receipts) => {
    queue.put({ number: body.external_id, store, body, sent, state: "waiting", problem: null });
    await noteIn(receipts, {
      number: body.external_id,
      storeId: store.id,
      total: body.total,
      currency: body.currency,
      at: body.occurred_at,
      state: "waiting",
    });
  });
  tell();
}

/** All that is here, oldest first. */
export async function queued() {
  return oldestFirst(await transact("readonly", ["queue"], (queue) => outcome(queue.getAll())));
}

function oldestFirst(receipts) {
  return receipts.sort((one, other) => one.body.occurred_at.localeCompare(other.body.occurred_at));
}

/** Take up to `most` waiting receipts of a store to be sent, oldest first; from now on each may have arrived. */
export function takeWaiting(storeId, most) {
  return transact("readwrite", ["queue"], async (queue) => {
    const all = oldestFirst(await outcome(queue.getAll()));
    const taken = all.filter((receipt) => waits(receipt, storeId)).slice(0, most);
    for (const receipt of taken) queue.put({ ...receipt, sent: true });
    return taken;
  });
}

/** Whether this very receipt is still to be sent. */
export async function isWaiting(number) {
  return (await queued()).some((receipt) => receipt.number === number && receipt.state === "waiting");
}

/** Whether a receipt of this store is still to be sent. */
export function waits({ store, state }, storeId) {
  return store.id === storeId && state === "waiting";
}

/** Let go of what the server recorded, and keep what it refused with the reason. Returns how many are settled. */
export async function settle(taken, items) {
  let settled = 0;
  await transact("readwrite", ["queue", "receipts"], async (queue, receipts) => {
    for (const receipt of taken) {
      const item = items.find(({ external_id: number }) => number === receipt.number);
      const next = afterAnswer(receipt, item);
      if (next === receipt) continue;
      settled += 1;
      if (next) queue.put(next);
      else queue.delete(receipt.number);
      const state = next ? next.state : item.unattached ? "unattached" : "recorded";
      await noteIn(receipts, { number: receipt.number, state });
    }
  });
  if (settled) tell();
  return settled;
}

/** What becomes of a receipt by what the server said of it: null where it is recorded, itself where nothing changes. */
function afterAnswer(receipt, item) {
  if (!item || (item.status === "refused" && PASSING.has(item.problem.status))) return receipt;
  if (item.status !== "refused") return null;
  const { body } = receipt;
  // It was sent while there was a connection, and the answer was lost: then it goes as one of an offline till.
  if (item.problem.type === "receipt-too-old" && !body.offline) return { ...receipt, body: { ...body, offline: true }, relabelled: true };
  if (item.problem.type === "different-content" && receipt.relabelled) return null;
  // The guest has gone, and the points of the purchase count for more than the friend's name.
  if (item.problem.type === "not-a-new-guest") {
    const { referral_code: _unused, ...rest } = body;
    return { ...receipt, body: rest };
  }
  const { type, title, detail, errors } = item.problem;
  return { ...receipt, state: "refused", problem: { type, title, detail, errors } };
}

/** Take back a receipt that was never sent; false where it may have arrived. */
export async function takeBack(number) {
  const taken = await transact("readwrite", ["queue", "receipts"], async (queue, receipts) => {
    const receipt = await outcome(queue.get(number));
    if (!receipt || receipt.sent) return false;
    queue.delete(number);
    receipts.delete(number);
    return true;
  });
  if (taken) tell();
  return taken;
}

/** Forget a refused receipt, which somebody has written down. */
export async function dismiss(number) {
  await transact("readwrite", ["queue"], async (queue) => {
    const receipt = await outcome(queue.get(number));
    if (receipt?.state === "refused") queue.delete(number);
  });
  tell();
}
