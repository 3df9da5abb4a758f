import type { CustomerRecord } from "../../model/delegation.ts";
import { wrongNames } from "../../model/audit/discovery/wrong-host.ts";
import { holdsKey, type KeptRecordProblem } from "../../model/kept-record.ts";
import type { ObserveName } from "./observe.ts";

/** The most usual slips alone: this is asked again and again while a customer is waited for. */
const namesMax = 4;

/**
 * Where a customer made a key record that is not at its name, if it stands at one of the usual wrong ones: below the domain doubled, or with
 * `_domainkey` missing or mis-spelt. Undefined: nowhere, or it cannot be told.
 */
export async function wrongHostOf(
  { name, data }: Pick<CustomerRecord, "name" | "data">,
  domain: string,
  observe: ObserveName,
): Promise<KeptRecordProblem | undefined> {
  const selector = name.slice(0, -`._domainkey.${domain}`.length);
  const text = data.replace(/^"|"$/g, "");
  for (const wrong of wrongNames(selector, domain, {}).slice(0, namesMax)) {
    const { answers } = await observe(wrong.name, "TXT");
    const texts = answers.flatMap(({ said }) => (said.kind === "answer" ? said.records.map((one) => one.data) : []));
    if (holdsKey(text, texts))
      return {
        code: "WrongHost",
        severity: "high",
        problem: `the record stands at ${wrong.name}: ${wrong.mistake}`,
        remedy: `remove it at ${wrong.name}; many DNS hosts add the domain to the name by themselves`,
      };
  }
  return undefined;
}
