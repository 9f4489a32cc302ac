// Keys of a keyboard, and of a USB scanner, which is a keyboard that types a whole code at once and ends with Enter.
// It works wherever the focus is. A scanner types as on an English layout; where the machine's layout is another one, the
// letters come out Cyrillic, and then the keys are read by their places.

// A pause as long begins something new. Within it, what came faster than a person types was a scanner: it is the mean
// that counts, since a busy tablet may let one key wait.
const PAUSE_MS = 500;
const SCANNER_MEAN_MS = 80;
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
  // What came without a pause, as the keys are labelled and as they lie.
  let labels = "";
  let places = "";
  let beganAt = 0;
  let lastAt = -Infinity;
  let takeBack = () => {};

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      const character = characterOf(event);
      if (event.timeStamp - lastAt > PAUSE_MS) {
        labels = places = "";
        beganAt = event.timeStamp;
        takeBack = snapshot();
      }
      lastAt = event.timeStamp;
      if (event.key === "Enter") {
        const scanned = isLatin(labels) ? labels : places;
        const isScan = scanned.length >= SCANNER_LENGTH_MINIMUM && lastAt - beganAt <= scanned.length * SCANNER_MEAN_MS;
        labels = places = "";
        lastAt = -Infinity;
        if (isScan) {
          stop(event);
          takeBack();
          onScan(scanned);
          return;
        }
      } else if (event.key.length === 1) {
        labels += event.key;
        places += character ?? event.key;
      }
      const typesHere = event.target.matches("input[data-own-keys]") && event.key !== "Enter";
      const presses = event.target.matches("button, a, summary") && (event.key === "Enter" || event.key === " ");
      const scannersSpace = event.key === " " && labels.length > 1;
      if (typesHere || (presses && !scannersSpace)) return;
      const key = event.key === "Enter" || event.key === "Backspace" ? event.key : typed(event, character);
      if (key && onKey(key)) stop(event);
    },
    { capture: true },
  );
}

// A person's key counts as it is labelled, except letters that codes do not have.
function typed({ key }, character) {
  return key.length === 1 && isLatin(key) ? key : character;
}

function isLatin(text) {
  return /^[\x20-\x7e]*$/.test(text);
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
