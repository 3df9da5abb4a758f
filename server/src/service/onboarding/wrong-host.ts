import { getDomain } from "tldts";
import { type WrongName, wrongNames } from "../../model/audit/discovery/wrong-host.ts";
import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import { holdsKey, type KeptRecordProblem } from "../../model/delegation/kept-record.ts";
import type { TracedChain } from "../../model/traced-chain.ts";

type Sought = Pick<CustomerRecord, "name" | "type" | "data" | "purpose">;
type Follow = (name: string) => Promise<TracedChain>;

/** The most usual slips alone: a look is repeated again and again while a customer is waited for. */
const usualMax = 4;

/**
 * Where a customer made a record that is not at its name, if it stands at one of the usual wrong ones. `tried`: the most usual of
 * them, all, or those of one slip, where another record of the same customer has shown it. Undefined: nowhere, or it cannot be told.
 */
export async function wrongHostOf(
  record: Sought,
  domain: string,
  tried: "usual" | "all" | { mistake: string },
  follow: Follow,
): Promise<WrongName | undefined> {
  const names = namesToTry(record, domain);
  const chosen =
    tried === "all"
      ? names
      : tried === "usual"
        ? names.slice(0, usualMax)
        : names.filter(({ mistake }) => mistake === tried.mistake);
  const chains = await Promise.all(chosen.map(async (wrong) => ({ wrong, chain: await follow(wrong.name) })));
  return chains.find(({ chain }) => isMeant(record, chain))?.wrong;
}

export const wrongHost = ({ name }: Sought, { name: at, mistake }: WrongName): KeptRecordProblem => ({
  code: "WrongHost",
  severity: "high",
  problem: `the record stands at ${at}: ${mistake}`,
  evidence: [`nothing is at ${name}; ${at} has the record`],
  remedy: `remove it at ${at}; many DNS hosts add the domain to the name by themselves`,
});

/** Whether what stands at another name is the very record that is asked for. */
function isMeant({ type, data, purpose }: Sought, chain: TracedChain): boolean {
  const wanted = data.replace(/^"|"$/g, "").replace(/\.$/, "");
  if (type === "CNAME") return chain.aliases.some(({ target }) => target === wanted);
  if (chain.outcome !== "present") return false;
  const texts = chain.texts.map(({ text }) => text);
  return texts.includes(wanted) || (purpose !== "challenge" && holdsKey(wanted, texts));
}

function namesToTry({ name, purpose, type, data }: Sought, domain: string): WrongName[] {
  if (purpose === "challenge")
    return [
      { name: `${name}.${domain}`, mistake: "the domain is doubled" },
      { name: name.replace(/^_/, ""), mistake: "the underscore is missing" },
      { name: domain, mistake: "the first part of the name is missing" },
    ];
  const selector = name.slice(0, -`._domainkey.${domain}`.length);
  return wrongNames(selector, domain, {
    ...(type === "CNAME" && { target: data.replace(/\.$/, "") }),
    registrableDomain: getDomain(domain, { extractHostname: false }) ?? undefined,
  });
}
