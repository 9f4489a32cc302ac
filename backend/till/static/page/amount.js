// What the cashier keys: a number of the currency's units, with minor units after a decimal sign.

import { decimalSign, keyedMinor, keyedMoney, minorDigits } from "./formatting.js";

const WHOLE_DIGITS_MAXIMUM = 7;

export class Amount {
  #keyed = "";
  #currency;

  constructor(currency) {
    this.#currency = currency;
  }

  /** The text of the special key: the decimal sign, or two noughts for a currency without minor units. */
  static specialKey(currency) {
    return minorDigits(currency) ? decimalSign() : "00";
  }

  /** Take a key; false if it is none of an amount's. */
  press(key) {
    if (key === "Backspace") this.#keyed = this.#keyed.slice(0, -1);
    else if (/^\d$/.test(key)) this.#add(key);
    else if (key === "decimal" && !minorDigits(this.#currency)) ["0", "0"].forEach((digit) => this.#add(digit));
    else if (["decimal", ",", "."].includes(key)) this.#point();
    else return false;
    return true;
  }

  #add(digit) {
    const [whole, part] = this.#keyed.split(".");
    if (part === undefined) {
      if (whole.length < WHOLE_DIGITS_MAXIMUM) this.#keyed = whole === "0" ? digit : whole + digit;
    } else if (part.length < minorDigits(this.#currency)) {
      this.#keyed += digit;
    }
  }

  #point() {
    if (minorDigits(this.#currency) && !this.#keyed.includes(".")) this.#keyed = `${this.#keyed || "0"}.`;
  }

  /** What has been keyed, to put it back by `keyed = `. */
  get keyed() {
    return this.#keyed;
  }

  set keyed(text) {
    this.#keyed = text;
  }

  get minor() {
    return keyedMinor(this.#keyed, this.#currency);
  }

  toString() {
    return keyedMoney(this.#keyed, this.#currency);
  }
}
