// Something that is sent until it is answered, and counts once: its number stays, and so does its time.

import { call } from "./api.js";
import { NoConnection, Refused } from "./errors.js";

// The number is taken by something else: by what we sent before, whose answer was lost.
const ANOTHER_CONTENT = "different-content";
const IN_FLIGHT_PAUSE_MS = 700;
const IN_FLIGHT_TRIES = 8;

export class Submission {
  #number;
  // What was sent and never answered: any of it may have been recorded.
  #unanswered;

  constructor(number, unanswered = []) {
    this.#number = number;
    this.#unanswered = [...unanswered];
  }

  get number() {
    return this.#number;
  }

  get unanswered() {
    return [...this.#unanswered];
  }

  /** The body that is sent for this content: the very same one as before, where it says the same. */
  bodyOf(content) {
    const body = { external_id: this.#number, ...content };
    return this.#unanswered.find((sent) => sameContent(sent, body)) ?? body;
  }

  /**
   * Send the body. Returns the answer and the body that was recorded: an earlier one, if that one had arrived although
   * its answer was lost.
   */
  async send(path, body) {
    try {
      const answer = await this.#answerTo(path, body);
      this.#unanswered = [];
      return { answer, body };
    } catch (error) {
      if (error instanceof NoConnection && !this.#unanswered.includes(body)) this.#unanswered.push(body);
      const earlier = this.#unanswered.find((sent) => sent !== body);
      if (!(error instanceof Refused && error.problem.type === ANOTHER_CONTENT && earlier)) throw error;
      return { answer: await this.#answerTo(path, earlier), body: earlier };
    }
  }

  async #answerTo(path, body) {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await call("POST", path, body)).answer;
      } catch (error) {
        const inFlight = error instanceof Refused && error.status === 409 && error.problem.type === "in-flight";
        if (!inFlight || tries === IN_FLIGHT_TRIES) throw error;
        await new Promise((done) => setTimeout(done, IN_FLIGHT_PAUSE_MS));
      }
    }
  }
}

function sameContent(one, other) {
  return JSON.stringify({ ...one, occurred_at: null }) === JSON.stringify({ ...other, occurred_at: null });
}
