// Sends what waits, when there is a connection: one tab at a time, oldest first, in chunks, again later where it fails.

import { call, isPractising } from "./api.js";
import { NoConnection, NotKept, Refused } from "./errors.js";
import { onQueueChange, queued, settle, takeWaiting, waits } from "./queue.js";
import { askSession, currentTill } from "./session.js";

const CHUNK_RECEIPTS = 100;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
const LOCK = "molva-till-queue";

/** `onReached(reached)` hears whether the server was there, `onEnded()` that nobody is signed in any more. */
export class Sync {
  #onReached;
  #onEnded;
  #timer = null;
  #failures = 0;
  #underWay = null;

  constructor({ onReached, onEnded }) {
    this.#onReached = onReached;
    this.#onEnded = onEnded;
    onQueueChange(() => this.#later());
  }

  /**
   * Send now, whatever pause was being made; what is being sent already is waited for. Returns what stopped it; null
   * where nothing did.
   */
  async run() {
    if (isPractising()) return null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#underWay ??= this.#send().finally(() => {
      this.#underWay = null;
      this.#later();
    });
    return this.#underWay;
  }

  async #send() {
    try {
      await alone(() => this.#drain());
      this.#failures = 0;
      return null;
    } catch (error) {
      this.#failures += 1;
      if (error instanceof NoConnection) this.#onReached(false);
      else if (error instanceof Refused && error.status === 401) this.#onEnded();
      else if (!(error instanceof Refused || error instanceof NotKept)) throw error;
      return error;
    }
  }

  async #drain() {
    if (!(await somethingWaits())) return;
    for (;;) {
      // Asked anew for every chunk: its token is of this very session, so that what belongs to one store cannot be sent
      // by somebody of another who signed in meanwhile.
      const till = await askSession();
      const taken = await takeWaiting(till.store.id, CHUNK_RECEIPTS);
      if (taken.length === 0) return;
      const { answer } = await call("POST", "/receipts/batch", { receipts: taken.map(({ body }) => body) });
      this.#onReached(true);
      if ((await settle(taken, answer.items)) === 0) throw new Refused(409, { title: "" });
    }
  }

  /** Try again after a pause that grows, and is not the same for every till of a shop whose server has come back. */
  async #later() {
    if (this.#timer || this.#underWay || !(await somethingWaits())) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#timer ??= setTimeout(() => this.run(), pause * (0.5 + Math.random() / 2));
  }
}

/** Whether there is something that this store can send; what belongs to another waits for somebody of it. */
async function somethingWaits() {
  const storeId = currentTill()?.store.id;
  const receipts = await queued().catch(() => []);
  return receipts.some((receipt) => waits(receipt, storeId));
}

/** Run `work` unless another tab is at it. A tab that dies lets go of the lock. */
function alone(work) {
  // Over an insecure connection browsers have no locks; then the receipts' numbers alone keep them from counting twice.
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}
