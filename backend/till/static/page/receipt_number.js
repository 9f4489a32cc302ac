// Numbers of receipts, made at the till so that one can be made without a connection. Sixty random bits: no counter
// that a cleared browser would begin anew, and short enough to be read out and typed.

// Without I, L, O and U, which are misread.
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 12;
const GROUP = /.{4}(?=.)/g;

/** A number that no receipt has had, as `K7M3-QX9T-4B2W`. */
export function newReceiptNumber() {
  const random = crypto.getRandomValues(new Uint8Array(LENGTH));
  return [...random].map((byte) => LETTERS[byte % LETTERS.length]).join("").replace(GROUP, "$&-");
}

// A dot alone, or two, cannot stand in an address.
const POSSIBLE = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,64}$/;
const OWN = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/;

/** Whether any till's receipt can have this number. */
export function canBeReceiptNumber(typed) {
  return POSSIBLE.test(typed);
}

/** The number of a page like this one that was typed in small letters; null where it is none, or is written right. */
export function inCapitals(typed) {
  const capitals = typed.toUpperCase();
  return OWN.test(capitals) && capitals !== typed ? capitals : null;
}
