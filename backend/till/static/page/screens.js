// Fills the screens of the scan, enrolment and guest steps from what is going on.

import { Amount } from "./amount.js";
import { isPractising } from "./api.js";
import { canBeClaimed, claimableUntil } from "./claim_window.js";
import { grouped } from "./code.js";
import { isConnected } from "./connection.js";
import { count, money, percent } from "./formatting.js";
import { fillCoupons } from "./giving.js";
import { businessNow, currentTill } from "./session.js";
import { text } from "./texts.js";
import { fillLines, show, showWhen } from "./view.js";

const codeField = document.getElementById("code");
const confirmButton = document.querySelector('[data-show-disabled="confirm"]');
const specialKeys = document.querySelectorAll('[data-keypad=amount] [data-key="decimal"]');

/** The scan step: for a guest, the friend who recommended, the guest's fresh code, or the guest of a kept receipt. */
export function fillScan({ purpose, advocate, receipt }) {
  const forGuest = purpose === "guest";
  // Invitations and coupons have letters: there the tablet's own keyboard is needed.
  const hasLetters = ["advocate", "coupon"].includes(purpose);
  showWhen("guest", forGuest);
  showWhen("keypad", !hasLetters);
  showWhen("without-card", forGuest && canBeClaimed() && Boolean(currentTill()?.currency));
  showWhen("purpose", !forGuest);
  showWhen("advocate-known", forGuest && Boolean(advocate));
  show("advocate-known", advocate ? text("advocate-known", { name: advocate.label }) : "");
  show("camera-caption", text(`hold-${purpose}`));
  show("typing-label", text(`type-${purpose}`));
  if (!forGuest) {
    show("purpose-title", text(`purpose-${purpose}`));
    show("purpose-words", text(`purpose-${purpose}-words`, { amount: receipt ? money(receipt.total, receipt.currency) : "" }));
  }
  codeField.inputMode = hasLetters ? "text" : "none";
  codeField.toggleAttribute("data-own-keys", hasLetters);
}

/** The step for a phone that nobody has given before. */
export function fillEnrol({ phone, advocate }) {
  show("phone", grouped(phone));
  fillRecommended(advocate, { removable: true, hint: text("recommended-hint-enrol") });
}

/** Who the guest is, what they have, what has been keyed, and whether points are earned or spent. */
export function fillGuest({ guest, amount, spending, keying, advocate, advocateIsBound }) {
  showWhen("seen", !guest.isUnseen);
  showWhen("unseen", Boolean(guest.isUnseen));
  if (guest.isUnseen) fillUnseen(guest);
  else fillSeen(guest);
  fillLines("messages", guest.messages);
  fillCoupons(guest);
  // Whoever has a coupon has bought before.
  const mayBeNew = !guest.isUnseen && !guest.coupons?.length;
  showWhen("recommended", mayBeNew && !spending.chosen && !isPractising());
  fillRecommended(advocate, { removable: !advocateIsBound, hint: text("recommended-hint-guest") });
  fillFigures(amount, spending, keying);
  fillChoice(guest, amount, spending);
  fillConfirm(amount, spending);
  confirmButton.disabled = !amount.minor || (spending.chosen && spending.points(amount.minor) === 0);
}

function fillSeen(guest) {
  const { member, available, pending, spendable_points: spendable } = guest;
  show("guest-name", member.label);
  show("tier", member.tier_title ?? null);
  show("card", text("card", { card: member.card_masked }));
  show("available", count(available));
  show("pending", pending ? text("coming", { points: count(pending) }) : null);
  const discount = guest.discount_basis_points;
  show("discount", discount ? text("discount", { percent: percent(discount) }) : null);
  show("spendable", count(spendable));
  show("spendable-note", whyNotToSpend(guest, "with-fresh-code"));
}

/** Why a guest with points cannot spend them: the account is paused, as the messages say, or no fresh code was seen. */
function whyNotToSpend(guest, codeNeeded) {
  if (guest.may_spend || !guest.spendable_points) return null;
  return text(guest.spending_paused_until ? "spend-paused" : codeNeeded);
}

/** The code was read, and that is all that is known. */
function fillUnseen({ kind, lastDigits, isUnknown, isNobody }) {
  if (isNobody) {
    fillNobody();
    return;
  }
  show("guest-name", text(isUnknown ? "code-unknown" : "code-read"));
  show("tier", null);
  show("discount", null);
  show("card", text(`unseen-${kind}`, { digits: lastDigits }));
  show("unseen-words", text(isUnknown ? "unseen-unknown" : "unseen-offline"));
}

/** Nobody is named: the number of the receipt will stand for the guest. */
function fillNobody() {
  show("guest-name", text("without-card"));
  show("tier", null);
  show("discount", null);
  show("card", text("without-card-note"));
  show("unseen-words", text("without-card-words", { day: claimableUntil(businessNow()) }));
}

function fillFigures(amount, spending, keying) {
  const points = spending.points(amount.minor);
  show("amount", String(amount));
  show("points", count(points));
  showWhen("spending", spending.chosen);
  for (const figure of document.querySelectorAll("[data-figure]")) {
    figure.classList.toggle("is-keyed", figure.dataset.figure === keying);
    figure.setAttribute("aria-pressed", String(figure.dataset.figure === keying));
  }
  document.querySelector(".paying").classList.toggle("is-spending", spending.chosen);
  document.querySelector(".amount__figure").classList.toggle("is-long", String(amount).length > 9);
  const special = keying === "points" ? text("all") : Amount.specialKey(currentTill().currency);
  for (const key of specialKeys) {
    key.textContent = special;
    key.classList.toggle("key--word", keying === "points");
  }
}

function fillChoice(guest, amount, spending) {
  const offline = !isConnected();
  const canEver = guest.isUnseen ? offline && !guest.isNobody : guest.spendable_points > 0;
  showWhen("choice", canEver);
  for (const radio of document.querySelectorAll("[name=choice]")) {
    radio.checked = (radio.value === "spend") === spending.chosen;
    if (radio.value === "spend") radio.disabled = offline;
  }
  const points = spending.chosen ? spending.points(amount.minor) : spending.maximum(amount.minor);
  const toPay = Math.max(0, amount.minor - spending.worth(points));
  const { currency } = currentTill();
  show("earn-note", amount.minor ? text("pays", { amount: money(amount.minor, currency) }) : "");
  show("spend-title", points && guest.may_spend && !offline ? text("spend-points", { points: count(points) }) : text("spend"));
  if (offline) show("spend-note", text("spend-offline"));
  else if (!guest.may_spend) show("spend-note", whyNotToSpend(guest, "spend-needs-code"));
  else show("spend-note", amount.minor ? text("pays", { amount: money(toPay, currency) }) : "");
}

function fillConfirm(amount, spending) {
  const points = spending.points(amount.minor);
  const toPay = Math.max(0, amount.minor - spending.worth(points));
  if (spending.chosen && points) show("confirm", text("confirm-to-pay", { amount: money(toPay, currentTill().currency) }));
  else show("confirm", amount.minor ? text("confirm-amount", { amount: String(amount) }) : text("confirm"));
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
