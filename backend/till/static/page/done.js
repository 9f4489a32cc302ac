// The done step: what was recorded, kept, undone or returned, in large type.

import { claimableUntil } from "./claim_window.js";
import { money, count, signed } from "./formatting.js";
import { text } from "./texts.js";
import { announce, fillLines, show, showWhen } from "./view.js";

const result = document.querySelector(".result");
const figure = document.querySelector(".result__figure");

/** A receipt was recorded. `keyed` is what the cashier keyed last, `held` the reservation that paid a part. */
export function fillDone({ answer, body, keyed, name, held }) {
  const { total, currency } = body;
  if (answer.unattached) {
    fillUnattached(body);
    return;
  }
  const points = answer.points_earned + answer.points_pending;
  const earned = held ? points + held.points : points;
  const words = [text("receipt", { amount: money(total, currency) })];
  if (total !== keyed) words[0] = text("earlier-recorded", { amount: money(total, currency) });
  if (held) words.push(text("guest-pays", { amount: money(total - held.discount, currency) }));
  if (held && answer.points_pending > 0) words.push(text("earned-too", { points: signed(answer.points_pending) }));
  if (!held && !earned) words.push(text("no-points"));
  fill({
    kind: held ? "spent" : "recorded",
    title: text(held ? "paid-with-points" : "points-for", { name }),
    figure: held ? signed(-held.points) : points ? signed(points) : "0",
    words,
    said: answer.messages,
    balance: answer.balance,
  });
}

/** A receipt without a guest was kept: its number in large type, for whoever wants its points later. */
export function fillUnattached({ external_id: number, total, currency, occurred_at: at }, { isSent = true } = {}) {
  const until = claimableUntil(at);
  const words = [text("receipt", { amount: money(total, currency) })];
  if (until) words.push(text("claimable-until", { day: until }));
  if (!isSent) words.push(text("kept-words"));
  fill({
    kind: "kept",
    title: text("unattached-title"),
    figure: number,
    words,
    said: until ? [text("claim-say", { day: until })] : [],
    isNumber: true,
  });
}

/** A receipt waits on this device for a connection. */
export function fillKept({ total, currency }) {
  fill({
    kind: "kept",
    title: text("kept-title"),
    figure: money(total, currency),
    words: [text("kept-words")],
    said: [text("kept-say")],
  });
}

/** The last sale was undone; `answer` is null where it had never left this device. */
export function fillUndone({ answer, total, currency }) {
  const words = [text("give-back", { amount: money(answer?.refund_amount ?? total, currency) })];
  if (!answer) words.push(text("undone-here"));
  fillReturn({ answer, title: text("undone"), total, currency, words });
}

/** What a return gives back and takes back, before it is recorded; nothing where it is all money and no points. */
export function wordsOfReturn(answer, currency) {
  const { amount, refund_amount: refund, points_given_back: given, points_taken_back: taken } = answer;
  if (refund === amount && !taken) return [];
  const words = [text("give-back", { amount: money(refund, currency) })];
  if (given) words.push(text("points-back", { points: signed(given) }));
  if (taken) words.push(text("taken-too", { points: signed(-taken) }));
  return [...words, ...wordsOfDebt(answer)];
}

function wordsOfDebt({ points_forgiven: forgiven, points_owed: owed }) {
  const words = [];
  if (forgiven) words.push(text("forgiven", { points: count(forgiven) }));
  if (owed) words.push(text("owed", { points: count(owed) }));
  return words;
}

/** A return was recorded: what was taken back, and what is owed. */
export function fillReturned({ answer, currency, words = [] }) {
  const lines = [text("give-back", { amount: money(answer.refund_amount, currency) }), ...words];
  fillReturn({ answer, title: text("returned"), total: answer.amount, currency, words: lines });
}

function fillReturn({ answer, title, total, currency, words }) {
  const given = answer?.points_given_back ?? 0;
  const taken = answer?.points_taken_back ?? 0;
  if (given && taken) words.push(text("taken-too", { points: signed(-taken) }));
  if (answer) words.push(...wordsOfDebt(answer));
  fill({
    kind: "returned",
    title,
    figure: given ? signed(given) : taken ? signed(-taken) : money(-total, currency),
    words,
    said: answer?.messages,
    balance: answer?.balance,
  });
}

/** A kept receipt was given to its guest. */
export function fillClaimed({ answer, name }) {
  const points = answer.points_earned + answer.points_pending;
  fill({
    kind: "claimed",
    title: text("points-for", { name }),
    figure: signed(points),
    words: [text("claimed")],
    said: answer.messages,
    balance: answer.balance,
  });
}

function fill({ kind, title, figure: shown, words, said = [], balance = null, isNumber = false }) {
  result.dataset.kind = kind;
  show("done-title", title);
  show("earned", shown);
  figure.classList.toggle("is-number", isNumber);
  figure.classList.toggle("is-long", !isNumber && shown.length > 5);
  figure.classList.toggle("is-very-long", !isNumber && shown.length > 9);
  show("done-words", words.join(" "));
  announce([shown, ...words].join(" "));
  showWhen("say", said.length > 0);
  fillLines("say", said);
  showWhen("totals", Boolean(balance));
  showWhen("debt", (balance?.debt ?? 0) > 0);
  if (!balance) return;
  show("balance-available", count(balance.available));
  show("balance-pending", count(balance.pending));
  show("balance-debt", count(balance.debt ?? 0));
}
