import { holdsPrivateKey } from "chancery/dkim";
import type { NameAnswer, NameEvidence } from "../../evidence/delegation.ts";

type Definite = Exclude<NameAnswer["said"], { state: "truncated" | "unknown" }>;

/** One thing that some addresses say of a name. Two answers are the same when their records are, whatever the TTLs. */
export type Opinion = { said: Definite; text: string; addresses: readonly string[] };

/** What the addresses say; silence, errors and "ask TCP" are no opinion. */
export function opinionsOn({ answers }: NameEvidence): Opinion[] {
  const opinions = new Map<string, { said: Definite; addresses: string[] }>();
  for (const { said, address } of answers) {
    if (said.state === "unknown" || said.state === "truncated") continue;
    const text = opinionText(said);
    const opinion = opinions.get(text) ?? { said, addresses: [] };
    opinion.addresses.push(address);
    opinions.set(text, opinion);
  }
  return [...opinions].map(([text, opinion]) => ({ text, ...opinion }));
}

function opinionText(said: Definite): string {
  switch (said.state) {
    case "records": {
      return [...(said.alias === undefined ? [] : [`CNAME ${said.alias}`]), textsText(said.texts)].join(", ");
    }
    case "alias":
      return `CNAME ${said.target}`;
    case "absent":
      return said.reason === "nxdomain" ? "no such name" : "no TXT";
  }
}

/** Records as they are told and compared. A private key that somebody published goes into no report; its parts may lie in several records. */
export const textsText = (texts: readonly string[]): string =>
  texts.some(holdsPrivateKey)
    ? "TXT [not shown: a private key]"
    : texts
        .toSorted()
        .map((text) => `TXT ${JSON.stringify(text)}`)
        .join(", ");

const shownOctetsMax = 120;
export const shown = (text: string): string =>
  text.length > shownOctetsMax ? `${text.slice(0, shownOctetsMax)}…` : text;
