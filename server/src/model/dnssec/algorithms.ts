import type { ZoneAlgorithm } from "./zone-key.ts";

/** Words that people use for the algorithms that zones are signed with. */
const named: Record<string, ZoneAlgorithm> = {
  "13": 13,
  ecdsap256sha256: 13,
  "ecdsa-p256": 13,
  ecdsa: 13,
  "15": 15,
  ed25519: 15,
};

/** Why an algorithm is not taken, by number (RFC 9904 and the IANA registry). */
const refused: Record<string, string> = {
  "5": "RSASHA1 must not be used to sign (RFC 9905)",
  "7": "RSASHA1-NSEC3-SHA1 must not be used to sign (RFC 9905)",
  "8": "RSASHA256 makes answers four times as large and protects no better; Chancery checks such signatures and does not make them",
  "10": "RSASHA512 makes answers four times as large; Chancery checks such signatures and does not make them",
  "14": "ECDSA P-384 is checked by fewer resolvers than P-256 and costs more",
  "16": "Ed448 is checked by too few resolvers",
};

const choice = "use 13 (ECDSA P-256, the default) or 15 (Ed25519)";

/** DNS-E-01: 13 by default, 15 by choice, and nothing else. */
export function readZoneAlgorithm(
  written: string | number,
): { ok: true; algorithm: ZoneAlgorithm } | { ok: false; problem: string } {
  const text = String(written).trim().toLowerCase();
  const algorithm = Object.hasOwn(named, text) ? named[text] : undefined;
  if (algorithm !== undefined) return { ok: true, algorithm };
  const reason = Object.hasOwn(refused, text) ? refused[text] : `no algorithm "${text.slice(0, 40)}" is known here`;
  return { ok: false, problem: `${reason}: ${choice}` };
}
