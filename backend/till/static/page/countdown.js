// The seconds until the next guest. They move by the second; nothing glides.

import { text } from "./texts.js";
import { show } from "./view.js";

const SECONDS = 8;
const bar = document.querySelector(".next__bar");

/** Nobody is hurried on. */
export function hideCountDown() {
  bar.hidden = true;
  show("countdown", "");
}

/** Count down, then call `then`. Returns a function that stops it. */
export function countDown(then) {
  let left = SECONDS;
  bar.hidden = false;
  const tell = () => {
    bar.value = left;
    show("countdown", text("in-seconds", { seconds: left }));
  };
  const timer = setInterval(() => {
    left -= 1;
    tell();
    if (left === 0) {
      clearInterval(timer);
      then();
    }
  }, 1000);
  tell();
  return () => clearInterval(timer);
}
