/** A domain of ours that has to stay registered, as a registry knows it. Times are epoch seconds. */
export type RegistrationTable = {
  name: string;
  /** Since when it is watched. */
  createdAt: number;
  /** What somebody said by hand, and when; null: nothing. */
  toldExpiresAt: number | null;
  toldAt: number | null;
  /** What the registry said last, and when; null: it has not. */
  seenExpiresAt: number | null;
  seenAt: number | null;
  /** When it was asked last, with an answer or without. */
  askedAt: number | null;
  /** Why the last question had no answer; null: it had one. */
  problem: string | null;
};
