import { holdsPrivateKey } from "chancery/dkim";
import type { AuditFinding } from "../../check.ts";
import type { KeyNameSeen } from "./key-name.ts";

/** A rule of a chain: what it finds at one key name, or nothing. */
export type ChainRule = (seen: KeyNameSeen) => AuditFinding | undefined;

/** What a rule has to say itself; the rest follows from the key name. `at`: where the fault is, if not at the key name. */
type Told = Pick<AuditFinding, "code" | "severity" | "summary" | "remedy"> & {
  evidence?: readonly string[];
  names?: readonly string[];
  at?: string;
};

/**
 * A finding about a key name. Its evidence begins with the chain; its commands look up the key name, then `names`, which are
 * what else it is about.
 */
export const tell = (
  seen: KeyNameSeen,
  { at = seen.keyName, names = [], evidence = [], ...told }: Told,
): AuditFinding => ({
  ...told,
  subject: at,
  evidence: [...pathOf(seen), ...evidence],
  commands: [...new Set([seen.keyName, at, ...names])]
    .filter(isPlain)
    .map((name) => `dig +noall +answer +comments ${name} TXT`),
});

const pathOf = ({ chain }: KeyNameSeen): string[] =>
  chain.aliases.map(
    ({ name, target, ttlSeconds, server }) =>
      `${name} → ${target} (TTL ${ttlSeconds}${server === undefined ? "" : `, said by ${server}`})`,
  );

/** A name that a shell takes as it stands. */
const isPlain = (name: string): boolean => /^[\w.*-]+$/.test(name);

/** Texts as evidence: cut to what fits on a screen; a private key that somebody published is repeated nowhere. */
export const shownTexts = (texts: readonly string[]): string[] =>
  texts.some(holdsPrivateKey)
    ? []
    : texts.map((text) => `TXT ${text.length > shownMax ? `${text.slice(0, shownMax)}…` : text}`);
const shownMax = 200;
