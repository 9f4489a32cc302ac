// The till API, called with the cashier's own session. Every call ends in an answer or in one of two errors.

const TIMEOUT_MS = 15_000;
const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";

/** The server was not reached, or answered nothing sensible: whether it acted is not known. */
export class NoConnection extends Error {}

/** The server refused. `problem` is its document: type, title, detail, errors. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title);
    this.status = status;
    this.problem = problem;
  }
}

/** GET or POST under `/api/v1/till`; the answer's document, and whether something new was made. */
export async function call(method, path, body) {
  let response;
  let document;
  try {
    response = await fetch(`/api/v1/till${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token, Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    document = await response.json();
  } catch (error) {
    throw new NoConnection(error.message);
  }
  if (response.ok) return { answer: document, isNew: response.status === 201 };
  if (response.status >= 500) throw new NoConnection(document.title);
  throw new Refused(response.status, document);
}
