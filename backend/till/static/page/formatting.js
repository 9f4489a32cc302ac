// Numbers as the house writes them; the same rules as `shared/formatting.py`, which a test compares with these.

const MINUS = "\u2212";
const NO_BREAK_SPACE = "\u00a0";
const locale = document.documentElement.lang;

function figures(value, digits = 0) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  // Some browsers group by U+202F, which the house's font does not have.
  return new Intl.NumberFormat(locale, options).format(value).replaceAll("\u202f", NO_BREAK_SPACE);
}

/** 1240 → `1 240`, `1,240`. */
export function count(number) {
  return (number < 0 ? MINUS : "") + figures(Math.abs(number));
}

/** 120 → `+120`. */
export function signed(number) {
  return (number > 0 ? "+" : "") + count(number);
}

/** 2 → `2`, 0.35 → `0,35`, `0.35`. */
export function quantity(number) {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(number).replaceAll("\u202f", NO_BREAK_SPACE);
}

/** 500 basis points → `5 %`, `5%`; hundredths only if there are any. */
export function percent(basisPoints) {
  const shown = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(basisPoints / 100);
  return `${shown}${locale === "en" ? "" : NO_BREAK_SPACE}%`;
}

/** How many digits the currency's minor unit has. */
export function minorDigits(currency) {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

/** 9990 minor units of RUB → `99,90 ₽`, `₽99.90`; kopecks only if there are any. */
export function money(amountMinor, currency) {
  const digits = minorDigits(currency);
  const unit = 10 ** digits;
  const part = Math.abs(amountMinor) % unit;
  const shown = figures(Math.abs(amountMinor) / unit, part ? digits : 0);
  return (amountMinor < 0 ? MINUS : "") + withSymbol(shown, currency);
}

/** What has been keyed so far (`12.5`) as an amount of the currency: nothing is rounded or completed. */
export function keyedMoney(keyed, currency) {
  const [whole, part] = keyed.split(".");
  const shown = figures(Number(whole || 0)) + (part === undefined ? "" : decimalSign() + part);
  return withSymbol(shown, currency);
}

/** The sign between units and minor units: `,` or `.`. */
export function decimalSign() {
  return new Intl.NumberFormat(locale).formatToParts(1.5).find((part) => part.type === "decimal").value;
}

/** What has been keyed (`12.5`) in minor units. */
export function keyedMinor(keyed, currency) {
  const digits = minorDigits(currency);
  const [whole, part = ""] = keyed.split(".");
  return Number(whole || 0) * 10 ** digits + Number(part.padEnd(digits, "0") || 0);
}

/** `12:31` of the day that it is in the zone, `21 Nov, 12:31` of another. */
export function moment(at, zone, now) {
  const day = { day: "numeric", month: "short" };
  const time = inZone(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, at);
  return inZone(zone, day, at) === inZone(zone, day, now) ? time : `${inZone(zone, day, at)}, ${time}`;
}

/** `22 December`, `22 декабря`: the day that it is in the zone; the year only if it is not this one. */
export function day(at, zone, now) {
  const year = inZone(zone, { year: "numeric" }, at);
  const shown = inZone(zone, { day: "numeric", month: "long" }, at);
  return year === inZone(zone, { year: "numeric" }, now) ? shown : `${shown} ${year}`;
}

function inZone(zone, options, at) {
  return new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { timeZone: zone, ...options }).format(new Date(at));
}

function withSymbol(shown, currency) {
  const parts = new Intl.NumberFormat("ru", { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0);
  const symbol = parts.find((part) => part.type === "currency").value;
  const isSign = !/^\p{L}+$/u.test(symbol);
  return locale === "en" && isSign ? symbol + shown : shown + NO_BREAK_SPACE + symbol;
}
