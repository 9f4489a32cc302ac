// For how long a receipt without a guest can find one, as the shop's programme says.

import { day } from "./formatting.js";
import { businessNow, currentTill } from "./session.js";

const DAY_MS = 86_400_000;

/** Whether receipts can be claimed at all: otherwise none is kept for anybody. */
export function canBeClaimed() {
  return (currentTill()?.claim_window_days ?? 0) > 0;
}

/** The last day on which a receipt of this moment can be claimed; null where it is over, or there is no such thing. */
export function claimableUntil(at) {
  const { claim_window_days: days = 0, store } = currentTill();
  const until = Date.parse(at) + days * DAY_MS;
  return canBeClaimed() && until > Date.parse(businessNow()) ? day(until, store.zone, businessNow()) : null;
}
