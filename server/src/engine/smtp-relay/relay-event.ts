/** What the relay reports, for log, metrics and audit. Texts are replies of SMTP; no octet of a message, no credential. */
export type RelayEvent =
  | {
      event: "accepted";
      id: string;
      tenant: string;
      sender: string;
      recipients: number;
      octets: number;
      keyIds: string[];
    }
  | { event: "refused"; tenant: string; sender: string; code: number; text: string }
  | { event: "delivered"; id: string; recipient: string; reply: string }
  | { event: "deferred"; id: string; recipient: string; reply: string }
  | { event: "failed"; id: string; recipient: string; reply: string }
  | { event: "re-signed"; id: string; keyIds: string[] }
  | { event: "bounced"; id: string; notification: string }
  | { event: "discarded"; id: string; reason: "null-sender" }
  | { event: "quarantined"; id: string; problem: string }
  | { event: "stalled"; id: string; problem: string }
  | { event: "fault"; error: unknown };

/** Test hook: the moments between which a crash must lose nothing. */
export const checkpoints = ["stored", "handed-over", "journaled", "notified"] as const;
export type Checkpoint = (typeof checkpoints)[number];
