import { readTxt, type ResourceRecord, TYPE } from "chancery/dns";

const warningsMax = 50;

/** What is doubtful in a zone that can be served all the same: for the operator to look at. */
export function zoneWarnings(records: readonly ResourceRecord[]): string[] {
  const warnings: string[] = [];
  const keyRecords = new Map<string, number>();
  for (const { name, type, data } of records) {
    const labels = name.split(".");
    const atDomainKey = labels.indexOf("_domainkey");
    if (atDomainKey >= 0 && labels[0] === "*")
      warnings.push(`${name}: a wildcard under _domainkey answers for every selector`);
    if (type !== TYPE.TXT || atDomainKey < 1) continue;
    const text = readTxt(data).join("");
    if (/["\\]/.test(text))
      warnings.push(
        `${name}: quotes or backslashes inside the key record; they were pasted along, and no verifier reads such a key`,
      );
    else if (!/(^|;)\s*p=/.test(text)) warnings.push(`${name}: a TXT at a key name without p= is no key record`);
    keyRecords.set(name, (keyRecords.get(name) ?? 0) + 1);
  }
  for (const [name, count] of keyRecords)
    if (count > 1)
      warnings.push(`${name}: ${count} TXT records; which one a verifier takes is undefined (RFC 6376 §3.6.2.2)`);
  return warnings.slice(0, warningsMax);
}
