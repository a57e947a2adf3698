/** What a job that was accepted must come to. */
export interface Accepted {
  readonly id: string;
  /** How its owner reads the result, compared with what it must be. @returns what is wrong, undefined when nothing is */
  readonly check: () => Promise<string | undefined>;
  /** Its owner has asked for its deletion: it may be gone. */
  deleted: boolean;
}

/** What clients saw. */
export class Tally {
  readonly accepted: Accepted[] = [];
  /** Submissions that were refused with 503 or 504, or whose connection broke: the client knows that it has no job. */
  refused = 0;
  answered = 0;
  /** Attached calls refused with 503 or 504 within their deadline. */
  turnedAway = 0;
  brokenConnections = 0;
  readonly wrongs: string[] = [];

  /** Jobs that nobody took, by whatever answer. */
  get unserved(): number {
    return this.refused + this.turnedAway + this.brokenConnections;
  }

  /** Attached calls answered after their deadline. */
  readonly late: string[] = [];
}
