// Whether the server is reached, what the till is (store, currency), and what time it is for the shop.

import { NoConnection, Refused, call } from "./api.js";

const PROBE_MS = 4000;

let businessOffset = Date.parse(document.querySelector("meta[name=business-time]").content) - Date.now();
let context = null;

/** Call the till API; `onConnection(reached)` hears how it went, `onEnded()` that the session is over. */
export class Connection {
  #onConnection;
  #onEnded;
  #probe = null;

  constructor({ onConnection, onEnded }) {
    this.#onConnection = onConnection;
    this.#onEnded = onEnded;
    addEventListener("offline", () => this.#lost());
    addEventListener("online", () => this.context({ anew: true }).catch(() => {}));
  }

  /** Run something that calls the API; errors pass on after the connection's state is told. */
  async reach(work) {
    try {
      const answer = await work();
      this.#found();
      return answer;
    } catch (error) {
      if (error instanceof NoConnection) this.#lost();
      else this.#found();
      if (error instanceof Refused && error.status === 401) this.#onEnded();
      throw error;
    }
  }

  /** The till: store, currency, cashier. */
  async context({ anew = false } = {}) {
    if (!context || anew) ({ answer: context } = await this.reach(() => call("GET", "/context")));
    return context;
  }

  /** Ask what time it is for the shop; without an answer the time known so far goes on. */
  async setClock() {
    try {
      const { now } = await (await fetch("/till/clock", { cache: "no-store" })).json();
      businessOffset = Date.parse(now) - Date.now();
    } catch {
      // The receipt itself will tell whether there is a connection.
    }
  }

  #found() {
    clearInterval(this.#probe);
    this.#probe = null;
    this.#onConnection(true);
  }

  #lost() {
    this.#onConnection(false);
    this.#probe ??= setInterval(() => this.context({ anew: true }).catch(() => {}), PROBE_MS);
  }
}

/** The shop's time now, which need not be the tablet's. */
export function businessNow() {
  return new Date(Date.now() + businessOffset).toISOString();
}
