// Fills each step's screen from what is going on.

import { grouped } from "./code.js";
import { count, money, signed } from "./formatting.js";
import { text } from "./texts.js";
import { show, showWhen } from "./view.js";

const codeField = document.getElementById("code");

/** The scan step: for a guest, or for the friend who recommended. */
export function fillScan({ purpose, advocate }) {
  const forGuest = purpose === "guest";
  showWhen("guest", forGuest);
  showWhen("advocate", !forGuest);
  showWhen("advocate-known", forGuest && Boolean(advocate));
  show("advocate-known", advocate ? text("advocate-known", { name: advocate.label }) : "");
  show("camera-caption", text(forGuest ? "hold-guest" : "hold-advocate"));
  show("typing-label", text(forGuest ? "type-guest" : "type-advocate"));
  // An invitation has letters: there the tablet's own keyboard is needed.
  codeField.inputMode = forGuest ? "none" : "text";
  codeField.toggleAttribute("data-own-keys", !forGuest);
}

/** The step for a phone that nobody has given before. */
export function fillEnrol({ phone, advocate }) {
  show("phone", grouped(phone));
  fillRecommended(advocate, { removable: true, hint: text("recommended-hint-enrol") });
}

/** Who the guest is, what they have, and what has been keyed. */
export function fillGuest({ guest, amount, advocate, advocateIsBound }) {
  const { member, available, pending, spendable_points: spendable, may_spend: maySpend, messages } = guest;
  show("guest-name", member.label);
  show("tier", member.tier);
  show("card", text("card", { card: member.card_masked }));
  show("available", count(available));
  show("pending", pending ? text("coming", { points: count(pending) }) : null);
  show("spendable", count(spendable));
  show("spendable-note", maySpend || !spendable ? null : text("with-fresh-code"));
  fillLines("messages", messages);
  fillRecommended(advocate, { removable: !advocateIsBound, hint: text("recommended-hint-guest") });
  show("amount", String(amount));
  document.querySelector(".amount__figure").classList.toggle("is-long", String(amount).length > 9);
  show("confirm", amount.minor ? text("confirm-amount", { amount: String(amount) }) : text("confirm"));
  document.querySelector('[data-show-disabled="confirm"]').disabled = !amount.minor;
}

/** What was recorded. `total` is the receipt's, `keyed` what the cashier keyed last. */
export function fillDone({ answer, total, keyed, currency, name }) {
  const points = answer.points_earned + answer.points_pending;
  const words = [text("receipt", { amount: money(total, currency) })];
  if (total !== keyed) words[0] = text("earlier-recorded", { amount: money(total, currency) });
  if (!points) words.push(text("no-points"));
  const said = answer.messages ?? [];
  show("done-title", text("points-for", { name }));
  show("earned", points ? signed(points) : "0");
  document.querySelector(".result__figure").classList.toggle("is-long", signed(points).length > 5);
  show("done-words", words.join(" "));
  showWhen("say", said.length > 0);
  fillLines("say", said);
  show("balance-available", count(answer.balance.available));
  show("balance-pending", count(answer.balance.pending));
  showWhen("debt", answer.balance.debt > 0);
  show("balance-debt", count(answer.balance.debt ?? 0));
}

function fillLines(place, lines) {
  const paragraphs = lines.map((words) => {
    const line = document.createElement("p");
    line.textContent = words;
    return line;
  });
  document.querySelector(`[data-show="${place}"]`).replaceChildren(...paragraphs);
}

function fillRecommended(advocate, { removable, hint }) {
  show("recommended-title", advocate ? text("recommended-by", { name: advocate.label }) : text("recommended-title"));
  show("recommended-hint", advocate ? text("recommended-kept") : hint);
  for (const part of document.querySelectorAll("[data-part=recommended]")) {
    part.classList.toggle("is-known", Boolean(advocate));
    part.querySelector('[data-do="ask-advocate"]').hidden = Boolean(advocate);
    part.querySelector('[data-do="drop-advocate"]').hidden = !advocate || !removable;
  }
}
