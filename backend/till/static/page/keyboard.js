// Keys of a keyboard, and of a USB scanner, which is a keyboard that types a whole code at once and ends with Enter.
// It works wherever the focus is. A key is read by its place: a scanner types as on an English layout, whatever the
// layout of the machine.

const SCANNER_GAP_MS = 80;
const SCANNER_LENGTH_MINIMUM = 8;

const PLACES = {
  Minus: "-_", Equal: "=+", Slash: "/?", Period: ".>", Comma: ",<", Semicolon: ";:", Quote: "'\"",
  Backslash: "\\|", BracketLeft: "[{", BracketRight: "]}", Backquote: "`~", Space: "  ", IntlBackslash: "\\|",
  NumpadAdd: "++", NumpadSubtract: "--", NumpadDecimal: "..", NumpadDivide: "//", NumpadMultiply: "**",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";

function characterOf({ code, shiftKey }) {
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^Digit\d$/.test(code)) return shiftKey ? SHIFTED_DIGITS[Number(code[5])] : code[5];
  if (/^Numpad\d$/.test(code)) return code[6];
  return PLACES[code]?.[shiftKey ? 1 : 0] ?? null;
}

/**
 * `onScan(text)` hears a scanned code; `onKey(key)` a character, "Backspace" or "Enter", and answers true if it used
 * it. `snapshot()` gives a function that takes back what a scanner's first keys did before they were known as such.
 */
export function listenToKeys({ onScan, onKey, snapshot }) {
  let burst = "";
  let lastAt = -Infinity;
  let takeBack = () => {};

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      const character = characterOf(event);
      if (event.timeStamp - lastAt > SCANNER_GAP_MS) {
        burst = "";
        takeBack = snapshot();
      }
      if (character || event.key === "Enter") lastAt = event.timeStamp;
      if (event.key === "Enter" && burst.length >= SCANNER_LENGTH_MINIMUM) {
        stop(event);
        const scanned = burst;
        burst = "";
        takeBack();
        onScan(scanned);
        return;
      }
      if (character) burst += character;
      const typesHere = event.target.matches("input[data-own-keys]") && event.key !== "Enter";
      const presses = event.target.matches("button, a, summary") && (event.key === "Enter" || event.key === " ");
      const scannersSpace = event.key === " " && burst.length > 1;
      if (typesHere || (presses && !scannersSpace)) return;
      const key = event.key === "Enter" || event.key === "Backspace" ? event.key : typed(event, character);
      if (key && onKey(key)) stop(event);
    },
    { capture: true },
  );
}

// A person's key counts as it is labelled, except letters of a layout that codes do not have.
function typed(event, character) {
  return event.key.length === 1 && event.key.charCodeAt(0) < 128 ? event.key : character;
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
