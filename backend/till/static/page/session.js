// Who is signed in at this till: store, cashier, currency, the page's token, and what time it is for the shop. What is
// needed to sell without a connection stays on the device; the token never does.

import { NoConnection, Refused } from "./errors.js";

const KEPT = "molva-till-session";
const TIMEOUT_MS = 8000;

let token = "";
let till = null;

const written = document.querySelector("meta[name=till-session]")?.content;
if (written) accept(JSON.parse(written));
else till = lastKept();

/** Store, cashier, role, currency, terms of spending; null on a device that does not know where it stands. */
export function currentTill() {
  return till;
}

/** The token of the page's own requests; empty until the server has been reached. */
export function pageToken() {
  return token;
}

/** The shop's time now, which need not be the tablet's. */
export function businessNow() {
  return new Date(Date.now() + (till?.offset_ms ?? 0)).toISOString();
}

/** Ask the server who is signed in. Throws NoConnection, or Refused with status 401 where nobody is. */
export async function askSession() {
  let response;
  let facts;
  try {
    response = await fetch("/till/session", {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A stranger is led to the sign-in page; whoever has another role now is no cashier here either.
    const isNobodyHere = response.type === "opaqueredirect" || response.status === 403;
    if (!isNobodyHere) facts = await response.json();
  } catch (error) {
    throw new NoConnection(error.message);
  }
  if (!facts) throw new Refused(401, { type: "signed-out", title: "" });
  if (response.status >= 500) throw new NoConnection(facts.title);
  if (!response.ok) throw new Refused(response.status, facts);
  accept(facts);
  return till;
}

/** What was kept last, unless it was lost, spoilt, or kept by a release that knew less. */
function lastKept() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    const isWhole = kept?.store?.id && kept.store.name && kept.store.zone && Number.isFinite(kept.offset_ms);
    return isWhole ? kept : null;
  } catch {
    return null;
  }
}

function accept({ token: given, now, ...facts }) {
  token = given;
  till = { ...facts, offset_ms: Date.parse(now) - Date.now() };
  try {
    localStorage.setItem(KEPT, JSON.stringify(till));
  } catch {
    // A browser that keeps nothing still serves while it is connected.
  }
}
