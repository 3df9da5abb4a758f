import { holdsPrivateKey } from "chancery/dkim";

/** What a look-up of a key name brought: the aliases in order, and what stands at their end. */
export type TracedChain = {
  aliases: readonly { name: string; target: string; ttlSeconds: number; server?: string | undefined }[];
  finalName: string;
} & (
  | { outcome: "present"; texts: readonly { text: string; ttlSeconds: number }[] }
  | { outcome: "absent"; reason: "nxdomain" | "nodata" }
  | { outcome: "unknown"; reason: string }
);

/** The key at the end of a chain. `fingerprint`: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export type TracedKey = { type: string; bits: number; fingerprint: string; testing: boolean; record: string };

/** A private key that somebody published goes into no terminal, report or log. Its parts may lie in several records. */
export function withoutSecrets(chain: TracedChain): TracedChain {
  if (chain.outcome !== "present" || !chain.texts.some(({ text }) => holdsPrivateKey(text))) return chain;
  return { ...chain, texts: chain.texts.map((one) => ({ ...one, text: "[not shown: a private key]" })) };
}
