// Coupons of the guest who is served: each is handed over once, by its own code, which is known only where the guest's
// phone has shown a fresh code or the coupon itself.

import { call } from "./api.js";
import { isConnected } from "./connection.js";
import { attempt, current, onRestart, reached } from "./desk.js";
import { NoConnection, Refused } from "./errors.js";
import { text } from "./texts.js";
import { announce, showAlert } from "./view.js";

const place = document.querySelector("[data-list=coupons]");
const template = document.getElementById("coupon-card").content;
// The coupon is over, or somebody else was faster: it is not offered again.
const OVER = new Set(["coupon-used", "coupon-expired", "coupon-cancelled", "unknown-coupon"]);

onRestart(() => place.replaceChildren());

/** The coupons of this guest, each with what can be done now. */
export function fillCoupons({ coupons = [] }) {
  const offline = !isConnected();
  place.replaceChildren(...coupons.map((coupon) => card(coupon, offline)));
  place.hidden = coupons.length === 0;
}

/** The same guest has shown a code: what it opened may be handed over. Coupons that were handed over stay as they are. */
export function renewCoupons(guest, coupons) {
  const before = new Map((guest.coupons ?? []).map((coupon) => [coupon.id, coupon]));
  const joined = coupons.map((coupon) => {
    const known = before.get(coupon.id);
    before.delete(coupon.id);
    return known ? { ...coupon, ...known, code: known.code ?? coupon.code } : coupon;
  });
  guest.coupons = [...joined, ...before.values()];
}

function card(coupon, offline) {
  const made = template.cloneNode(true);
  const cell = (name) => made.querySelector(`[data-cell="${name}"]`);
  const given = coupon.state === "used";
  cell("title").textContent = coupon.title;
  cell("note").textContent = given ? coupon.toDo : offline ? text("not-given-offline") : noteOf(coupon);
  const icon = given ? "circle-check" : coupon.icon;
  const drawing = made.querySelector("li > .icon use");
  drawing.setAttribute("href", drawing.getAttribute("href").replace(/#.*/, `#${icon}`));
  made.querySelector("li").classList.toggle("is-given", given);
  const [give, scan] = [made.querySelector("[data-do=give]"), made.querySelector("[data-do=ask-coupon]")];
  give.hidden = given || !coupon.code;
  scan.hidden = given || Boolean(coupon.code);
  for (const key of [give, scan]) {
    key.dataset.coupon = coupon.id;
    key.disabled = offline;
    key.setAttribute("aria-label", `${key.textContent.trim()}: ${coupon.title}`);
  }
  return made;
}

function noteOf({ code, note }) {
  return code ? note : text("coupon-needs-code");
}

/** Hand a coupon over, for the receipt that is being made: pressed again after a lost answer, it counts once. */
export function give(button) {
  const { guest, sale } = current;
  const coupon = guest.coupons.find(({ id }) => id === button.dataset.coupon);
  attempt("guest", button, "not-given", async () => {
    const body = { code: coupon.code, external_id: sale.number };
    // Though the answer may be lost.
    guest.hasGiven = true;
    try {
      const { answer } = await reached(() => call("POST", "/coupons/uses", body));
      Object.assign(coupon, { state: "used", toDo: answer.messages.join(" ") });
      announce(coupon.toDo);
    } catch (error) {
      if (error instanceof Refused && OVER.has(error.problem.type)) {
        guest.coupons = guest.coupons.filter((one) => one !== coupon);
      }
      if (!(error instanceof NoConnection)) throw error;
      showAlert("guest", { title: text("not-answered"), advice: text("give-again") });
    } finally {
      if (current.guest === guest) fillCoupons(guest);
    }
  });
}
