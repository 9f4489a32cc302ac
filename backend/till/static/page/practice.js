// Practice: three sample guests and a till that answers by itself. Nothing leaves the page and nothing is kept on it;
// a reload ends it.

import { answerInstead, isPractising } from "./api.js";
import { restart } from "./desk.js";
import { Refused } from "./errors.js";
import { forgetPractised } from "./receipts_here.js";
import { camera } from "./scanning.js";
import { text } from "./texts.js";
import { forgetUndo } from "./undoing.js";
import { showWhen } from "./view.js";

const POINT_MINOR = 100;
const EARNED_SHARE = 0.05;
const COUPON = "PRACTICE-COUPON";

// Codes that no server would take for anybody's.
const guests = () => [
  { id: "practice-1", code: "PRACTICE-ALICE", label: text("practice-1"), available: 1240, fresh: true, coupon: {} },
  { id: "practice-2", code: "PRACTICE-BORIS", label: text("practice-2"), available: 0, fresh: true },
  { id: "practice-3", code: "PRACTICE-LENA", label: text("practice-3"), available: 300, fresh: false },
];

let people = [];
let sold = new Map();
let held = null;

/** Begin or end practice; either way with nobody at the till. */
export function togglePractice() {
  const begins = !isPractising();
  people = guests().map((guest) => ({ ...guest, pending: 0 }));
  sold = new Map();
  held = null;
  answerInstead(begins ? answers : null);
  forgetPractised();
  forgetUndo();
  document.body.classList.toggle("is-practice", begins);
  document.querySelector("[data-do=practice][role=switch]").setAttribute("aria-checked", String(begins));
  showWhen("practice", begins);
  showWhen("real", !begins);
  if (begins) camera.stop();
  else camera.start();
  restart();
}

async function answers(method, path, body) {
  if (method === "GET") return { answer: standingOf(path.split("/")[2]), isNew: false };
  if (path === "/scans") return { answer: guestAnswer(personOf(body.code)), isNew: false };
  if (path === "/reservations") return { answer: reserve(body), isNew: true };
  if (path === "/coupons/uses") return { answer: give(body), isNew: true };
  if (path === "/receipts") return { answer: sell(body), isNew: true };
  if (path.endsWith("/cancel")) return { answer: {}, isNew: false };
  if (path.endsWith("/claim")) return { answer: claim(path.split("/")[2], body), isNew: false };
  if (path.endsWith("/returns/preview")) return { answer: comingBack(soldAs(path.split("/")[2]), body), isNew: false };
  if (path.endsWith("/returns")) return { answer: giveBack(path.split("/")[2], body), isNew: true };
  throw new Refused(404, { type: "practice", title: text("practice-not-here") });
}

function personOf(code) {
  const found = people.find((person) => person.code === code);
  if (!found) throw new Refused(404, { type: "practice", title: text("practice-only-samples") });
  return found;
}

function guestAnswer({ id, label, available, pending, fresh, coupon }) {
  return {
    kind: "member",
    member: { id, label, card_masked: `•• 000${id.slice(-1)}`, tier: null, tier_title: null },
    referral: null,
    coupons: coupon && !coupon.given ? [couponAnswer(coupon)] : [],
    discount_basis_points: 0,
    available,
    pending,
    spendable_points: available,
    may_spend: fresh,
    fresh,
    messages: fresh ? [] : [text("stale")],
  };
}

function couponAnswer({ given }) {
  return {
    id: COUPON,
    title: text("practice-coupon"),
    note: text("practice-coupon-words"),
    icon: "cookie",
    code: COUPON,
    state: given ? "used" : "issued",
  };
}

function give({ code, external_id: number }) {
  const person = people.find(({ coupon }) => coupon && code === COUPON);
  person.coupon.given = number;
  return { coupon: couponAnswer(person.coupon), messages: [text("practice-coupon-given")] };
}

function reserve({ points, amount, code }) {
  const person = personOf(code);
  const most = Math.min(person.available, Math.floor(amount / POINT_MINOR));
  if (points > most) throw new Refused(422, { type: "practice", title: text("practice-too-many", { points: most }) });
  held = { id: "practice", points, discount: points * POINT_MINOR };
  return held;
}

function sell({ external_id: number, member_id: id, total, currency, occurred_at: at, reservation_id: reserved }) {
  const person = people.find((one) => one.id === id) ?? null;
  const spent = reserved ? held : { points: 0, discount: 0 };
  const earned = Math.floor(((total - spent.discount) * EARNED_SHARE) / POINT_MINOR);
  const sale = { number, person, total, currency, at, earned: person ? earned : 0, spent: spent.points, returned: 0 };
  sold.set(number, sale);
  if (person) {
    person.available -= spent.points;
    person.pending += earned;
  }
  return receiptAnswer(sale);
}

function receiptAnswer({ person, earned }) {
  return { points_earned: 0, points_pending: earned, unattached: !person, balance: person && balanceOf(person), messages: [] };
}

function soldAs(number) {
  const sale = sold.get(decodeURIComponent(number));
  if (!sale) throw new Refused(404, { type: "practice", title: text("practice-only-samples") });
  return sale;
}

function standingOf(number) {
  const { number: external_id, person, total, currency, at: occurred_at, returned } = soldAs(number);
  return { external_id, occurred_at, currency, total, returned, unattached: !person, lines: [] };
}

/** A receipt without a guest finds one. */
function claim(number, { code }) {
  const sale = soldAs(number);
  const person = personOf(code);
  const earned = Math.floor(((sale.total - sale.returned) * EARNED_SHARE) / POINT_MINOR);
  Object.assign(sale, { person, earned });
  person.pending += earned;
  return { ...receiptAnswer(sale), member: { label: person.label } };
}

function comingBack(sale, { amount }) {
  const returned = amount ?? sale.total - sale.returned;
  if (sale.returned + returned > sale.total) throw new Refused(422, { type: "practice", title: text("practice-more-than-sold") });
  const share = returned / sale.total;
  return {
    amount: returned,
    refund_amount: returned - Math.round(sale.spent * share) * POINT_MINOR,
    points_taken_back: Math.round(sale.earned * share),
    points_given_back: Math.round(sale.spent * share),
    points_owed: 0,
    points_forgiven: 0,
  };
}

function giveBack(number, { amount, undo }) {
  const sale = soldAs(number);
  const { person } = sale;
  const back = comingBack(sale, { amount });
  sale.returned += back.amount;
  if (!person) return { ...back, balance: null, messages: [] };
  person.pending -= back.points_taken_back;
  person.available += back.points_given_back;
  const isGoodAgain = Boolean(undo) && person.coupon?.given === sale.number;
  if (isGoodAgain) person.coupon.given = null;
  return { ...back, balance: balanceOf(person), messages: isGoodAgain ? [text("practice-coupon-back")] : [] };
}

function balanceOf({ available, pending }) {
  return { available, pending, reserved: 0, debt: 0 };
}
