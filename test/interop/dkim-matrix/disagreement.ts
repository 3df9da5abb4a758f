import type { PeerName } from "../dkim-peers/peer.ts";
import type { Case } from "./cases.ts";
import { dkimpy } from "./disagreements/dkimpy.ts";
import { mailDkim } from "./disagreements/mail-dkim.ts";
import { mailauth } from "./disagreements/mailauth.ts";
import { openDkim } from "./disagreements/opendkim.ts";
import { rspamd } from "./disagreements/rspamd.ts";
import type { Outcome } from "./outcomes.ts";

/** A class of messages on which a peer and we come to different verdicts, and why: a row of docs/interop.md. */
export type Disagreement = {
  /** The messages, in words and as a test: for all of these, and for no others, the verdict is not the one to expect. */
  what: string;
  when: (whole: Case) => boolean;
  /** What the peer says of our signature; undefined: this row is about its signatures alone. */
  verifies?: "pass" | "fail" | "unusable";
  /** What comes of the peer's signature when we verify it; `refused`: it makes none. */
  signs?: "fail" | "refused";
  clause: string;
  why: string;
};

export const disagreements: Record<PeerName, readonly Disagreement[]> = {
  dkimpy,
  "Mail::DKIM": mailDkim,
  OpenDKIM: openDkim,
  rspamd,
  mailauth,
};

export type Side = "verifies" | "signs";

/** The row that a case falls under: the first whose test it meets. What a signer did follows from what it was given. */
export function disagreementOn(peer: PeerName, side: Side, whole: Case): Disagreement | undefined {
  const seen = side === "signs" ? { ...whole, message: whole.original } : whole;
  return disagreements[peer].find((row) => row[side] !== undefined && row.when(seen));
}

/** Whether this is the answer to expect. A row does not say in which way a message is refused that has to be refused anyway. */
export function isExpected(side: Side, { whole, answer }: Outcome, row: Disagreement | undefined): boolean {
  const verdict = row?.[side] ?? whole.expected;
  if (row !== undefined && whole.expected !== "pass" && verdict !== "pass") return answer.verdict !== "pass";
  return answer.verdict === verdict;
}

/** The rows about one peer as they stand in docs/interop.md. */
export function formatTable(rows: readonly Disagreement[]): string {
  const lines = rows.map(({ what, verifies = "–", signs = "–", clause, why }) => [what, verifies, signs, clause, why]);
  const head = ["message", "it verifies ours", "we verify its", "section", "why"];
  const [first, ...others] = [head, ...lines].map((cells) => `| ${cells.join(" | ")} |`);
  return [first, `|${"---|".repeat(head.length)}`, ...others].join("\n");
}
