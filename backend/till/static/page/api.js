// The till API, called with the cashier's own session. Every call ends in an answer or in one of two errors.

import { NoConnection, Refused } from "./errors.js";
import { pageToken } from "./session.js";

const TIMEOUT_MS = 15_000;

// While somebody practises, everything is answered by this instead, and nothing leaves the page.
let standIn = null;

/** Let a function of the same shape answer all calls; null lets the server answer again. */
export function answerInstead(answers) {
  standIn = answers;
}

/** Whether the server is left out. */
export function isPractising() {
  return standIn !== null;
}

/** GET or POST under `/api/v1/till`; the answer's document, and whether something new was made. */
export async function call(method, path, body, { timeoutMs = TIMEOUT_MS } = {}) {
  if (standIn) return standIn(method, path, body);
  let response;
  let document;
  try {
    response = await fetch(`/api/v1/till${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": pageToken(), Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
    });
    document = await response.json();
  } catch (error) {
    throw new NoConnection(error.message);
  }
  if (response.ok) return { answer: document, isNew: response.status === 201 };
  if (response.status >= 500) throw new NoConnection(document.title);
  throw new Refused(response.status, document);
}
