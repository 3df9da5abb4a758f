import { generateKeyPairSync } from "node:crypto";
import type { CustomerRecord, Domain, Key } from "@chancery/api";
import { RCODE } from "chancery/dns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorityFor, replyTo } from "../../engine/resolver/test-authority.ts";
import type { KeyAlgorithm } from "../../engine/database/schema.ts";
import type { MethodName } from "../../model/delegation/delegation.ts";
import { chainCodes } from "../../model/audit/codes/chain.ts";
import { startClaims } from "./claims.fixture.ts";

/** Every fault of a customer's record, as bytes that name servers give: what is told of it, and that nothing is told of sound ones. */
const [top, first, second] = ["127.53.98.1", "127.53.98.2", "127.53.98.3"] as const;
const soa = "@ 3600 SOA ns1 hostmaster 1 3600 600 86400 300\n";

/** What the customer's two servers have; one text: both have it. */
type Published = string | { first: string; second: string };
type Behaves = Published | { rcode: number };
let behaves: Behaves = "";
let zone = "";

const tld = () => `${soa}@ NS ns\nns A ${top}
  ${zone} NS ns1.${zone}\n${zone} NS ns2.${zone}\nns1.${zone} A ${first}\nns2.${zone} A ${second}
  there NS ns\n`;

let claims: Awaited<ReturnType<typeof startClaims>>;
beforeAll(async () => {
  claims = await startClaims([top, first, second], ({ address, query }) => {
    if (address === top)
      return authorityFor({
        ".": `${soa}@ NS ns.root.\nns.root. A ${top}\nexample. NS ns.example.\nns.example. A ${top}`,
        example: tld(),
        "there.example": `${soa}@ NS ns.example.`,
      })(query);
    if (typeof behaves === "object" && "rcode" in behaves)
      return replyTo(query, { rcode: behaves.rcode, authoritative: false });
    const text = typeof behaves === "string" ? behaves : behaves[address === first ? "first" : "second"];
    const own = `${soa}@ NS ns1\n@ NS ns2\nns1 A ${first}\nns2 A ${second}\n${text}`;
    return authorityFor({ [`${zone}.example`]: own })(query);
  });
});
afterAll(() => claims.close());

const line = ({ name, type, data }: Pick<CustomerRecord, "name" | "type" | "data">): string =>
  `${name}. 5 ${type} ${type === "TXT" ? (data.match(/.{1,250}/g) ?? [""]).map((part) => `"${part}"`).join(" ") : `${data}.`}\n`;
const lines = (records: readonly CustomerRecord[]): string => records.map(line).join("");
const otherKey = (): string =>
  `v=DKIM1; k=ed25519; p=${generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64")}`;

/** A claim with all that its customer has to publish; `key`: the first record of a key, `others`: all the rest. */
type Ready = { domain: string; records: CustomerRecord[]; key: CustomerRecord; others: CustomerRecord[] };

let count = 0;
async function claimed(method: MethodName, prefix = ""): Promise<Ready> {
  zone = `c${++count}`;
  const domain = `${prefix}${zone}.example`;
  behaves = "";
  const algorithms: KeyAlgorithm[] = method === "customer-key" ? ["ed25519-sha256"] : ["rsa-sha256"];
  if (method === "txt") await claims.call<Domain>("POST", "/v1/domains", { domain, method });
  else await claims.add({ domain, method, algorithms });
  if (method === "customer-key") {
    const publicKey = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" });
    await claims.call<Key>("POST", `/v1/domains/${domain}/keys/import`, { selector: "theirs", publicKey });
  }
  const { records } = await claims.call<Domain>("GET", `/v1/domains/${domain}`);
  const key = records.find(({ purpose }) => purpose !== "proof of control")!;
  return { domain, records, key, others: records.filter((record) => record !== key) };
}

const look = ({ domain }: Ready): Promise<Domain> => claims.call("POST", `/v1/domains/${domain}/verify`);

/** An alias at the key's name that leads along so many names of the customer's own, and then to us. */
const along = ({ key, domain }: Ready, names: number): string => {
  const way = Array.from({ length: names }, (_, index) => `a${index}.${domain}`);
  return [key.name, ...way].map((name, at) => line({ name, type: "CNAME", data: way[at] ?? key.data })).join("");
};
const alias = (name: string, data: string): string => line({ name, type: "CNAME", data });
const text = (name: string, data: string): string => line({ name, type: "TXT", data });
const at = (ready: Ready, name: string): string =>
  line({
    ...ready.key,
    name: name.replaceAll("{s}", ready.key.name.split("._domainkey.")[0]!).replaceAll("{d}", ready.domain),
  }) + lines(ready.others);

type Row = [
  told: string,
  title: string,
  method: MethodName,
  publish: (ready: Ready) => Behaves | Promise<Behaves>,
  more?: { prefix?: string; status?: string; says?: string },
];
const ring = "cname-ring";
const rows: Row[] = [
  ["high CnameMissing", "an alias is not there", ring, ({ others }) => lines(others)],
  [
    "high CnameMissing",
    "the DNS host answers for it as a proxy",
    ring,
    ({ key, others }) => `${key.name}. 5 A 192.0.2.80\n${lines(others)}`,
    { says: "without proxy" },
  ],
  [
    "high CnameMismatch",
    "an alias leads elsewhere",
    ring,
    ({ key, others }) => alias(key.name, "x.there.example") + lines(others),
    { says: "CNAME x.there.example" },
  ],
  [
    "high CnameMismatch",
    "the domain was added to the target",
    ring,
    ({ key, domain, others }) => alias(key.name, `${key.data}.${domain}`) + lines(others),
    { says: "dot at its end" },
  ],
  [
    "high CnameMismatch",
    "an alias leads to us by another name",
    ring,
    (ready) => along(ready, 1) + lines(ready.others),
    { says: "straight" },
  ],
  ["low AliasChainTooLong", "by four aliases", ring, (ready) => along(ready, 3) + lines(ready.others)],
  ["high AliasChainTooLong", "by ten", ring, (ready) => along(ready, 9) + lines(ready.others)],
  ["high AliasLoop", "an alias leads to itself", ring, ({ key, others }) => alias(key.name, key.name) + lines(others)],
  [
    "high AliasLoop",
    "two aliases lead to each other",
    ring,
    ({ key, domain, others }) => alias(key.name, `b.${domain}`) + alias(`b.${domain}`, key.name) + lines(others),
  ],
  [
    "critical TakeoverRisk",
    "an alias leads to a domain that nobody has",
    ring,
    ({ key, others }) => alias(key.name, "x.nobody.example") + lines(others),
    { says: "nobody.example" },
  ],
  [
    "high ConflictingRecords",
    "a text beside the alias",
    ring,
    ({ key, records }) => text(key.name, "hello") + lines(records),
  ],
  [
    "high KeyMismatch",
    "another key in place of the alias",
    ring,
    ({ key, others }) => text(key.name, otherKey()) + lines(others),
  ],
  [
    "high KeyRevoked",
    "a revoked key in place of the alias",
    ring,
    ({ key, others }) => text(key.name, "v=DKIM1; p=") + lines(others),
  ],
  [
    "high KeyMalformed",
    "a broken key in place of the alias",
    ring,
    ({ key, others }) => text(key.name, "v=DKIM1; p=%%%") + lines(others),
  ],
  [
    "high MultipleKeyRecords",
    "two keys in place of the alias",
    ring,
    ({ key, others }) => text(key.name, otherKey()) + text(key.name, otherKey()) + lines(others),
  ],
  [
    "medium Flattened",
    "our key copied as a text",
    "customer-key",
    async ({ key, domain, others }) => text(key.name, await ourKey(domain)) + lines(others),
  ],
  [
    "high WrongHost",
    "below the domain doubled",
    ring,
    (ready) => at(ready, "{s}._domainkey.{d}.{d}"),
    { says: "the domain is doubled" },
  ],
  ["high WrongHost", "without _domainkey", ring, (ready) => at(ready, "{s}.{d}"), { says: "_domainkey is missing" }],
  [
    "high WrongHost",
    "with _domainkey mis-spelt",
    ring,
    (ready) => at(ready, "{s}._domainkeys.{d}"),
    { says: "mis-spelt" },
  ],
  [
    "high WrongHost",
    "without the selector",
    ring,
    (ready) => at(ready, "_domainkey.{d}"),
    { says: "the selector is missing" },
  ],
  [
    "high WrongHost",
    "at the apex for the subdomain",
    ring,
    (ready) => at(ready, `{s}._domainkey.${zone}.example`),
    { prefix: "mail.", says: "not of mail." },
  ],
  [
    "medium WildcardInTheWay",
    "any name below _domainkey is answered",
    ring,
    ({ domain, records }) => text(`*._domainkey.${domain}`, "v=DKIM1; p=") + lines(records),
    { status: "valid" },
  ],
  [
    "medium ResolversDisagree",
    "one of two servers has it",
    ring,
    ({ records, others }) => ({ first: lines(records), second: lines(others) }),
    { says: second },
  ],
  ["high LameDelegation", "no server of the zone answers for it", ring, () => ({ rcode: RCODE.REFUSED })],
  ["low Undetermined", "no server says anything", ring, () => ({ rcode: RCODE.SERVFAIL })],
  [
    "medium ParentMismatch",
    "the parent lists others",
    "ns-branch",
    ({ key, others }) => line({ ...key, data: "ns.there.example" }) + lines(others),
  ],
  [
    "medium ParentMismatch",
    "the parent lists others beside ours",
    "ns-branch",
    ({ key, records }) => line({ ...key, data: "ns.there.example" }) + lines(records),
    { status: "degraded", says: "ns.there.example" },
  ],
  [
    "critical TakeoverRisk",
    "the parent lists a server that anybody could have",
    "ns-branch",
    ({ key, records }) => line({ ...key, data: "ns.nobody.example" }) + lines(records),
    { status: "degraded" },
  ],
  ["high DelegationMissing", "the zone is not delegated", "ns-branch", ({ others }) => lines(others)],
  [
    "medium KeyTesting",
    "a key record with t=y",
    "txt",
    ({ key, others }) => text(key.name, `${key.data}; t=y`) + lines(others),
  ],
  ["high KeyMismatch", "another key", "txt", ({ key, others }) => text(key.name, otherKey()) + lines(others)],
  ["high NotAligned", "a name that is not the author's", "third-party-domain", () => "", { status: "valid" }],
  [
    "high OwnershipTokenMissing",
    "no proof",
    ring,
    ({ records }) => lines(records.filter(({ purpose }) => purpose !== "proof of control")),
    { status: "pending" },
  ],
  [
    "high OwnershipTokenMismatch",
    "another text in its place",
    ring,
    ({ records }) => lines(records).replace(/"chancery-[^"]*"/, '"chancery-another"'),
    { status: "failed" },
  ],
];

const ourKey = async (domain: string): Promise<string> => {
  const { items } = await claims.call<{ items: Key[] }>("GET", `/v1/domains/${domain}/keys`);
  return items[0]!.record;
};

describe("what is told of a customer's records", () => {
  test.each(rows)("%s: %s (%s)", async (told, _title, method, publish, { prefix = "", status, says } = {}) => {
    const ready = await claimed(method, prefix);
    behaves = await publish(ready);
    const seen = await look(ready);
    const found = seen.findings.filter(({ code, severity }) => `${severity} ${code}` === told);
    expect(seen.findings.map(({ severity, code }) => `${severity} ${code}`)).toContain(told);
    const [{ evidence, remedy, summary, seenAt } = { evidence: [], remedy: "", summary: "" }] = found;
    expect([...evidence, remedy, summary].join("\n")).toContain(says ?? "");
    expect(remedy).not.toBe("");
    if (method !== "third-party-domain") expect(seenAt).toBeGreaterThan(0);
    if (status !== undefined) expect(seen.status).toBe(status);
    // Whoever asks later is told the same.
    const later = await claims.call<Domain>("GET", `/v1/domains/${ready.domain}`);
    expect(later.findings).toEqual(seen.findings);
  });

  test.each<MethodName>([ring, "cname-series", "ns-branch", "ns-subdomain", "customer-key"])(
    "nothing is told of sound records (%s)",
    async (method) => {
      const ready = await claimed(method, method === "ns-subdomain" ? "mail." : "");
      behaves = lines(ready.records);
      expect((await look(ready)).findings).toEqual([]);
    },
  );

  test("every code of a chain is told of a claim, or is shown where its keys are", () => {
    const elsewhere = ["KeyOld", "KeyWeak", "NoKeyRecord", "TargetMissing"];
    const auditors = [
      "KeyRepeated",
      "SingleSelector",
      "TtlUnsuitable",
      "KeyUnusable",
      "KeyUnusual",
      "PrivateKeyPublished",
    ];
    const told = new Set([...rows.map(([one]) => one.split(" ")[1]!), ...elsewhere, ...auditors]);
    expect(Object.keys(chainCodes).filter((code) => !told.has(code))).toEqual([]);
  });
});
