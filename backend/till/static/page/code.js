// What can be typed or scanned at the till, and how it is shown while it is typed.

const PHONE_GROUPS = [[0, 2], [2, 5], [5, 8], [8, 10], [10, 20]];
const PHONE_DIGITS_MINIMUM = 7;
const PHONE_DIGITS_MAXIMUM = 15;
const CARD_DIGITS = 16;
const OWN_CODE = /^[A-Z2-7]{40}$/i;

/** `7043221055891234` → `7043 2210 5589 1234`; a phone by its own groups; anything else as it is. */
export function grouped(typed) {
  const bare = typed.replace(/[\s()-]/g, "");
  if (/^\+7\d*$/.test(bare)) return PHONE_GROUPS.map(([from, to]) => bare.slice(from, to)).filter(Boolean).join(" ");
  if (/^\d+$/.test(bare)) return bare.match(/.{1,4}/g).join(" ");
  return typed;
}

/** Without the spaces that are only for the eye. */
export function bare(typed) {
  return /^\+?[\d\s()-]*$/.test(typed) ? typed.replace(/[\s()-]/g, "") : typed.trim();
}

/** Whether this can be a phone, by which somebody new can be given a card; a card's number is longer. */
export function looksLikePhone(code) {
  const digits = code.replace(/^\+/, "");
  return /^\d+$/.test(digits) && digits.length >= PHONE_DIGITS_MINIMUM && digits.length <= PHONE_DIGITS_MAXIMUM;
}

/** Whether this is a code that phones make: it gets old. */
export function looksLikePhonesOwnCode(code) {
  return OWN_CODE.test(code);
}

/**
 * What this is by its form alone, without asking the server: `code`, `card` or `phone`, with its last digits where it
 * has any; null where it can be none of a guest's.
 */
export function readByForm(code) {
  if (looksLikePhonesOwnCode(code)) return { kind: "code", lastDigits: "" };
  if (isCardNumber(code)) return { kind: "card", lastDigits: code.slice(-4) };
  if (looksLikePhone(code)) return { kind: "phone", lastDigits: code.slice(-2) };
  return null;
}

/** Sixteen digits whose last one checks the others (Luhn): a slip of the finger is found without a connection. */
function isCardNumber(code) {
  if (!/^\d+$/.test(code) || code.length !== CARD_DIGITS) return false;
  const sum = [...code].reduce((total, digit, place) => {
    const doubled = place % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
