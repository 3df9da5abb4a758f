import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import { type WrongName, wrongNames } from "../../model/audit/discovery/wrong-host.ts";
import { holdsKey, type KeptRecordProblem } from "../../model/delegation/kept-record.ts";
import type { ObserveName } from "./observe.ts";

/** The most usual slips alone: this is asked again and again while a customer is waited for. */
const namesMax = 4;

/**
 * Where a customer made a record that is not at its name, if it stands at one of the usual wrong ones: below the domain doubled, with
 * `_domainkey` missing or mis-spelt, or without its underscore. Undefined: nowhere, or it cannot be told.
 */
export async function wrongHostOf(
  record: Pick<CustomerRecord, "name" | "type" | "data" | "purpose">,
  domain: string,
  observe: ObserveName,
): Promise<KeptRecordProblem | undefined> {
  const { type, data } = record;
  const wanted = data.replace(/^"|"$/g, "").replace(/\.$/, "");
  for (const wrong of namesToTry(record, domain)) {
    const { answers } = await observe(wrong.name, type === "CNAME" ? "CNAME" : "TXT");
    const found = answers.flatMap(({ said }) =>
      said.kind === "answer" ? said.records.flatMap((one) => (one.type === type ? one.data : [])) : [],
    );
    const bare = found.map((one) => one.replace(/^"|"$/g, "").replace(/\.$/, ""));
    if (bare.includes(wanted) || (type === "TXT" && record.purpose !== "challenge" && holdsKey(wanted, found)))
      return {
        code: "WrongHost",
        severity: "high",
        problem: `the record stands at ${wrong.name}: ${wrong.mistake}`,
        remedy: `remove it at ${wrong.name}; many DNS hosts add the domain to the name by themselves`,
      };
  }
  return undefined;
}

function namesToTry({ name, purpose }: Pick<CustomerRecord, "name" | "purpose">, domain: string): WrongName[] {
  if (purpose === "challenge")
    return [
      { name: `${name}.${domain}`, mistake: "the domain is doubled" },
      { name: name.replace(/^_/, ""), mistake: "the underscore is missing" },
      { name: domain, mistake: "the first part of the name is missing" },
    ];
  const selector = name.slice(0, -`._domainkey.${domain}`.length);
  return wrongNames(selector, domain, {}).slice(0, namesMax);
}
