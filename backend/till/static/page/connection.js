// Whether the server is reached and somebody is signed in: `online`, `offline`, or `signed-out`. Whoever goes on
// selling in one of the last two states does it without the server.

import { isPractising } from "./api.js";
import { NoConnection, Refused } from "./errors.js";
import { askSession, currentTill, pageToken } from "./session.js";

const PROBE_MS = 4000;

const listeners = [];
let state = pageToken() ? "online" : "offline";
let probe = null;

/** Hear of the state whenever it is told anew. */
export function onConnection(listener) {
  listeners.push(listener);
}

/** Whether calls are worth trying. Practice is always answered. */
export function isConnected() {
  return isPractising() || state === "online";
}

/** Whether the server answers, whoever is signed in. */
export function isReached() {
  return state !== "offline";
}

/** Whether the server answers, and nobody is signed in. */
export function isSignedOut() {
  return state === "signed-out";
}

/** Say how it stands; until all is well the server is asked again and again. */
export function tellConnection(next) {
  const changed = next !== state;
  state = next;
  // An answer may come in while the network has just gone: then it is worth another look.
  if (state === "online" && navigator.onLine) {
    clearInterval(probe);
    probe = null;
  } else {
    probe ??= setInterval(lookAgain, PROBE_MS);
  }
  for (const listener of listeners) listener(state, changed);
}

/** Ask the server who is signed in, and tell how it stands. */
export async function lookAgain() {
  if (isPractising()) return;
  const before = currentTill()?.store.id;
  try {
    const till = await askSession();
    if (before && before !== till.store.id) await startAnew();
    tellConnection("online");
  } catch (error) {
    if (error instanceof NoConnection) tellConnection("offline");
    else if (error instanceof Refused && error.status === 401) tellConnection("signed-out");
    else throw error;
  }
}

/** Run something that calls the API; errors pass on after the connection's state is told. */
export async function reach(work) {
  if (isPractising()) return work();
  try {
    const answer = await withToken(work);
    tellConnection("online");
    return answer;
  } catch (error) {
    if (error instanceof NoConnection) tellConnection("offline");
    else if (error instanceof Refused && error.status === 401) tellConnection("signed-out");
    // Perhaps whoever is signed in has another role by now.
    else if (error.problem?.type === "role-needed") await lookAgain();
    else tellConnection("online");
    throw error;
  }
}

/** Who signed in anew has another token: then it is asked for once. */
async function withToken(work) {
  if (!pageToken()) await askSession();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused && error.problem.type === "csrf-token-needed")) throw error;
    const before = currentTill()?.store.id;
    const till = await askSession();
    if (before !== till.store.id) await startAnew();
    return work();
  }
}

/** Somebody of another store has signed in meanwhile: nothing that this page was doing is theirs, and it goes no further. */
function startAnew() {
  location.reload();
  return new Promise(() => {});
}

addEventListener("offline", () => tellConnection("offline"));
addEventListener("online", lookAgain);
