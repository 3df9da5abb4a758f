import { holdsPrivateKey } from "chancery/dkim";
import type { AuditFinding } from "../../check.ts";

type Type = "TXT" | "MX" | "A" | "PTR" | "NS";

/** What a check of the whole domain has to say; `at` is the name that shows it, `also` others beside it. */
type Told = Pick<AuditFinding, "code" | "severity" | "summary" | "remedy" | "evidence"> & {
  at: string;
  type?: Type;
  also?: readonly (readonly [name: string, type: Type])[];
};

/** A finding about a record of the domain; its commands look up the names. Absent `type`: TXT. */
export const tell = ({ at, type = "TXT", also = [], ...told }: Told): AuditFinding => ({
  ...told,
  subject: at,
  commands: ([[at, type], ...also] as const).flatMap(([name, asked]) => dig(name, asked)),
});

const dig = (name: string, type: Type): string[] =>
  // Only a name that a shell takes as it stands.
  /^[\w.*-]+$/.test(name) ? [`dig +noall +answer +comments ${name} ${type}`] : [];

const shownMax = 300;
/** A record as evidence: where it stands, and as much of it as fits on a screen; a private key is repeated nowhere. */
export const recordSeen = (name: string, text: string, type: Type = "TXT"): string => `${name} ${type} ${shown(text)}`;

function shown(text: string): string {
  if (holdsPrivateKey(text)) return "(not shown: a private key stands in it)";
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
