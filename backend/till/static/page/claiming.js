// A kept receipt finds its guest: the manager scans the guest, and the points come.

import { call } from "./api.js";
import { go, reached } from "./desk.js";
import { fillClaimed } from "./done.js";
import { note } from "./receipts_here.js";

/** Give the kept receipt to the guest with this code. */
export async function claimFor(receipt, code) {
  const path = `/receipts/${encodeURIComponent(receipt.number)}/claim`;
  const { answer } = await reached(() => call("POST", path, { code }));
  await note({ number: receipt.number, state: "recorded" }).catch(() => {});
  fillClaimed({ answer, name: answer.member?.label ?? "" });
  go("done");
}
