// Paying with points: how many is the guest's choice, and they are set aside before the receipt is recorded.

import { call } from "./api.js";
import { newReceiptNumber } from "./receipt_number.js";
import { Submission } from "./submission.js";

const WHOLE_BASIS_POINTS = 10_000;
const DIGITS_MAXIMUM = 7;

export class Spending {
  #spendable;
  #terms;
  #submission = new Submission(newReceiptNumber());
  #keyed = "";
  #reservation = null;
  /** Whether points are to be spent at all. */
  chosen = false;

  constructor({ spendable, terms }) {
    this.#spendable = spendable;
    this.#terms = terms;
  }

  /** The most that can be spent on a receipt of this total: what the guest has, and what the programme lets pay. */
  maximum(totalMinor) {
    const share = this.#terms?.maximum_share_basis_points ?? WHOLE_BASIS_POINTS;
    const payable = Math.floor((totalMinor * share) / WHOLE_BASIS_POINTS / (this.#terms?.point_value_minor ?? 100));
    return Math.min(this.#spendable, payable);
  }

  /** How many points were keyed; until a key is pressed, all that is possible. */
  points(totalMinor) {
    return this.#keyed === "" ? this.maximum(totalMinor) : Number(this.#keyed);
  }

  /** What so many points pay, in minor units. */
  worth(points) {
    return points * (this.#terms?.point_value_minor ?? 100);
  }

  /** Take a key; false if it is none of a number's. The special key means all that is possible. */
  press(key) {
    if (key === "decimal") this.#keyed = "";
    else if (key === "Backspace") this.#keyed = this.#keyed.slice(0, -1) || "0";
    else if (/^\d$/.test(key)) this.#add(key);
    else return false;
    return true;
  }

  get keyed() {
    return this.#keyed;
  }

  set keyed(text) {
    this.#keyed = text;
  }

  #add(digit) {
    const digits = this.#keyed === "0" ? digit : this.#keyed + digit;
    if (digits.length <= DIGITS_MAXIMUM) this.#keyed = digits;
  }

  /** Set the points aside; again, if that was done already, it is the same reservation. */
  async reserve({ code, points, amount }) {
    if (!this.#reservation) {
      const body = this.#submission.bodyOf({ code, points, amount });
      ({ answer: this.#reservation } = await this.#submission.send("/reservations", body));
    }
    return this.#reservation;
  }

  /** Whether points are set aside, and no receipt has said what became of them. */
  get isHeld() {
    return this.#reservation !== null;
  }

  /** The receipt took the points. */
  settled() {
    this.#reservation = null;
  }

  /** Let the points go back. Where the server is not reached they go back by themselves a little later. */
  async cancel() {
    const reservation = this.#reservation;
    this.#reservation = null;
    // Whatever is set aside next is something new.
    this.#submission = new Submission(newReceiptNumber());
    if (reservation) await call("POST", `/reservations/${reservation.id}/cancel`, {}).catch(() => {});
  }
}
