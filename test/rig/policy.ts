/**
 * A policy for tests that live through whole rotations: its waits are as short as processes that share a busy machine can keep. With the five
 * seconds that records live in the rig's internet, W is 6 s; D is 18 s, 7 s more than a message is on its way: verifiers may be late by that.
 */
const quick = {
  resolverSlackSeconds: 1,
  confirmRounds: 2,
  confirmGapSeconds: 1,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 5,
  freshnessSeconds: 10,
  signerLeaseSeconds: 3,
  relayOwnQueueSeconds: 8, // a message that a slow next hop keeps longer is put off for minutes
  milterOwnQueueSeconds: 8,
  downstreamQueueSeconds: 2,
  verifierDelaySeconds: 1,
  clockErrorSeconds: 4,
  recordTtlSeconds: 3,
  negativeTtlSeconds: 1,
};

export const quickPolicy = { "rotation.policy": JSON.stringify(quick) };

/** Q_own: no signature is older when its message is handed over. */
export const ownQueueSeconds = quick.relayOwnQueueSeconds;

/** Q_own + Q_down + V: how long after its signature a message may still be verified. */
export const onTheWaySeconds = ownQueueSeconds + quick.downstreamQueueSeconds + quick.verifierDelaySeconds;
