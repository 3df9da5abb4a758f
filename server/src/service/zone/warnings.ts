import { parseKeyRecord } from "chancery/dkim";
import { readTxt, type ResourceRecord, TYPE } from "chancery/dns";

const warningsMax = 50;
/** Reading a key takes about 60 µs, and an import has two seconds. */
const keysReadMax = 2000;
const bitsMin = 1024; // RFC 8301 §3.2: verifiers do not accept less
const bitsSound = 2048;

/** What is doubtful in a zone that can be served all the same: for the operator to look at. */
export function zoneWarnings(records: readonly ResourceRecord[]): string[] {
  const warnings: string[] = [];
  const keyRecords = new Map<string, number>();
  const wildcards = new Set<string>();
  let keys = 0;
  for (const { name, type, data } of records) {
    const labels = name.split(".");
    const atDomainKey = labels.indexOf("_domainkey");
    if (labels[0] === "*") wildcards.add(name);
    if (type !== TYPE.TXT || atDomainKey < 1) continue;
    keys++;
    const problem = keys <= keysReadMax ? keyProblem(readTxt(data).join("")) : undefined;
    if (problem !== undefined) warnings.push(`${name}: ${problem}`);
    keyRecords.set(name, (keyRecords.get(name) ?? 0) + 1);
  }
  for (const name of wildcards)
    warnings.push(
      name.split(".").includes("_domainkey")
        ? `${name}: a wildcard under _domainkey answers for every selector`
        : `${name}: a wildcard answers for every name below it that is not there, key names among them`,
    );
  for (const [name, count] of keyRecords)
    if (count > 1)
      warnings.push(`${name}: ${count} TXT records; which one a verifier takes is undefined (RFC 6376 §3.6.2.2)`);
  if (keys > keysReadMax) warnings.unshift(`only the first ${keysReadMax} of ${keys} key records were looked into`);
  return warnings.slice(0, warningsMax);
}

/** What a verifier, or its operator, will hold against a TXT at a key name. */
function keyProblem(text: string): string | undefined {
  if (/["\\]/.test(text))
    return "quotes or backslashes inside the key record; they were pasted along, and no verifier reads such a key";
  if (!/(^|;)\s*p\s*=/.test(text)) return "a TXT at a key name without p= is no key record";
  const record = parseKeyRecord(text);
  if (!record.ok) return `no verifier reads this key: ${record.problem}`;
  const { key } = record.value;
  if (key.state === "unknown-type") return `no verifier reads this key: unknown key type ${record.value.keyType}`;
  if (key.state === "revoked" || key.publicKey.keyType !== "rsa") return undefined;
  const { bits } = key.publicKey;
  if (bits < bitsMin) return `RSA of ${bits} bits; verifiers accept ${bitsMin} and more (RFC 8301 §3.2)`;
  return bits < bitsSound ? `RSA of ${bits} bits is weak; ${bitsSound} is what signers should use` : undefined;
}
