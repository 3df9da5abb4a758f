import { packetBytesMaxDefault, type SessionLimits, sessionLimitsDefault } from "chancery/milter";

export type MilterServerLimits = SessionLimits & {
  packetBytesMax: number;
  /** Further connections are closed at once, which an MTA takes for a temporary failure. */
  connectionsMax: number;
  /** From the first octet of a packet to its last, and from the connection to the end of the negotiation. */
  packetTimeoutSeconds: number;
  /** Between the packets of header and body. */
  contentTimeoutSeconds: number;
  /** Between messages and while the MTA collects one, which takes as long as the SMTP client likes. libmilter's figure. */
  idleTimeoutSeconds: number;
  /** For `openMessage` and for each `update`. Sendmail waits 10 s for a reply, Postfix 30 s. */
  decisionTimeoutSeconds: number;
  /** For `finish`. Postfix and Sendmail wait 300 s in all. */
  finishTimeoutSeconds: number;
  /** How often "still at work" is said while `finish` runs. */
  progressIntervalSeconds: number;
  /** How long `close` lets messages under way come to their end. */
  closeGraceSeconds: number;
};

export const milterServerLimitsDefault: MilterServerLimits = {
  ...sessionLimitsDefault,
  packetBytesMax: packetBytesMaxDefault,
  connectionsMax: 2000,
  packetTimeoutSeconds: 60,
  contentTimeoutSeconds: 300,
  idleTimeoutSeconds: 7210,
  decisionTimeoutSeconds: 8,
  finishTimeoutSeconds: 240,
  progressIntervalSeconds: 5,
  closeGraceSeconds: 5,
};
