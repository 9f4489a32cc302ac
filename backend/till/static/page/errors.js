// How a call can fail.

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

/** This device could not keep what it was given. */
export class NotKept extends Error {}
