// One receipt of one guest. However often it is sent, it is recorded once: its number stays, and so does its time.

import { NoConnection, Refused, call } from "./api.js";

// The number is taken by another receipt: one of ours, whose answer was lost.
const ANOTHER_CONTENT = "different-content";
const IN_FLIGHT_PAUSE_MS = 700;
const IN_FLIGHT_TRIES = 8;

export class Sale {
  #externalId = `page-${crypto.randomUUID()}`;
  // Receipts that were sent and never answered: any of them may have been recorded.
  #unanswered = [];

  constructor(memberId) {
    this.memberId = memberId;
  }

  /**
   * Record the receipt. Returns the answer and the body that was recorded: an earlier one, if that one had arrived
   * although its answer was lost.
   */
  async record({ total, currency, referralCode, occurredAt }) {
    const body = this.#bodyOf({ total, currency, referralCode, occurredAt });
    try {
      const answer = await this.#send(body);
      this.#unanswered = [];
      return { answer, body };
    } catch (error) {
      if (error instanceof NoConnection) this.#remember(body);
      if (error instanceof Refused) {
        const earlier = this.#unanswered.find((sent) => sent !== body);
        if (error.problem.type === ANOTHER_CONTENT && earlier) return { answer: await this.#send(earlier), body: earlier };
      }
      throw error;
    }
  }

  #bodyOf({ total, currency, referralCode, occurredAt }) {
    const same = this.#unanswered.find((sent) => sent.total === total && sent.referral_code === referralCode);
    if (same) return same;
    const body = {
      external_id: this.#externalId,
      member_id: this.memberId,
      occurred_at: occurredAt,
      currency,
      total,
      lines: [],
    };
    if (referralCode) body.referral_code = referralCode;
    return body;
  }

  #remember(body) {
    if (!this.#unanswered.includes(body)) this.#unanswered.push(body);
  }

  async #send(body) {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await call("POST", "/receipts", body)).answer;
      } catch (error) {
        const inFlight = error instanceof Refused && error.status === 409;
        if (!inFlight || tries === IN_FLIGHT_TRIES) throw error;
        await new Promise((done) => setTimeout(done, IN_FLIGHT_PAUSE_MS));
      }
    }
  }
}
