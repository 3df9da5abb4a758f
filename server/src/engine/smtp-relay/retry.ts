/** When a deferred message is tried again. Seconds throughout, so that a lab can live in minutes. */
export type RetryPolicy = {
  firstSeconds: number;
  /** The wait doubles with each attempt up to here. */
  capSeconds: number;
  /** Each wait is off by up to this part of itself, so that a queue does not move in step. */
  jitter: number;
  /** After this the message is returned to its sender. */
  lifetimeSeconds: number;
};

/** RFC 5321 §4.5.4.1 asks for at least four to five days. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  firstSeconds: 300,
  capSeconds: 14_400,
  jitter: 0.1,
  lifetimeSeconds: 432_000,
};

/** The wait after the given number of attempts (from 1). `random` is in [0, 1). */
export function retryDelaySeconds(attempts: number, policy: RetryPolicy, random: number): number {
  const plain = Math.min(policy.capSeconds, policy.firstSeconds * 2 ** Math.min(attempts - 1, 30));
  return plain * (1 + policy.jitter * (2 * random - 1));
}
