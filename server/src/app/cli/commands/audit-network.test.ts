import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKeyRecord } from "chancery/dkim";
import { RCODE, TYPE, txtData } from "chancery/dns";
import { afterAll, afterEach, expect, test } from "vitest";
import {
  authorityFor,
  replyTo,
  startAuthority,
  type Authority,
  type Behaviour,
} from "../../../engine/resolver/test-authority.ts";
import { run } from "../test-run.ts";

/* Two resolvers (.1, .2) and, below a private root (.3), two servers of the customer (.4, .5). */

const at = (last: number): string => `127.53.77.${last}`;
const keyName = "s1._domainkey.customer.example";
const [current, old] = [1, 2].map(() =>
  formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey),
) as [string, string];
const text = (record: string): string =>
  record
    .match(/.{1,200}/g)!
    .map((part) => `"${part}"`)
    .join(" ");
const soa = "@ 3600 SOA ns1 h 7 3600 600 86400 300\n";
const ns = `@ NS ns1\n@ NS ns2\nns1 A ${at(4)}\nns2 A ${at(5)}\n`;
const root = authorityFor({
  ".": `${soa}customer.example. NS ns1.customer.example.\ncustomer.example. NS ns2.customer.example.\nns1.customer.example. A ${at(4)}\nns2.customer.example. A ${at(5)}`,
});
const customer = authorityFor({ "customer.example": `${soa}${ns}s1._domainkey 300 TXT ${text(current)}` });

/** A resolver that knows the key alone. */
const resolver =
  (record: string, ttl: number): Behaviour =>
  ({ query, name, type }) => {
    const isKey = name === keyName && type === TYPE.TXT;
    const answers = isKey ? [{ name, type, ttl, data: txtData(record) }] : [];
    return replyTo(query, { recursionAvailable: true, authoritative: false, answers });
  };
const refusing: Behaviour = ({ query }) => replyTo(query, { rcode: RCODE.REFUSED, authoritative: false });
const sound: Record<number, Behaviour> = {
  1: resolver(current, 300),
  2: resolver(current, 17),
  3: ({ query }) => root(query),
  4: ({ query }) => customer(query),
  5: ({ query }) => customer(query),
};

const folder = mkdtempSync(join(tmpdir(), "chancery-audit-network-"));
afterAll(() => rmSync(folder, { recursive: true }));
let authority: Authority | undefined;
afterEach(() => authority?.close());

type Told = {
  findings: { code: string; subject: string; summary: string }[];
  selectors: { custody: { names: object[] } }[];
  evidence: { exchanges: { packet?: string; server: string }[] };
};

async function audit(changes: Record<number, Behaviour>, ...words: string[]): Promise<Told> {
  const servers = { ...sound, ...changes };
  authority = await startAuthority(
    Object.keys(servers).map((last) => at(Number(last))),
    (seen) => servers[Number(seen.address.split(".").at(-1))]?.(seen),
  );
  const config = join(folder, "chancery.yaml");
  const { port } = authority;
  writeFileSync(
    config,
    `resolver:\n  root: [{name: ns.root.example, addresses: ["${at(3)}"]}]\n  authority_port: ${port}\n`,
  );
  const resolvers = [1, 2].flatMap((last) => ["--resolver", `${at(last)}:${port}`]);
  const { out } = await run(
    "audit",
    "customer.example",
    "--selector",
    "s1",
    "--config",
    config,
    ...resolvers,
    "--json",
    ...words,
  );
  return JSON.parse(out) as Told;
}
const about = ({ findings }: Told, ...codes: string[]) => findings.filter(({ code }) => codes.includes(code));
const codes = ["ResolversDisagree", "OldAnswersCached", "LameDelegation", "SerialsDiffer", "ParentMismatch"];

test("RES-10 resolvers and servers that agree give no finding, whatever is left of the TTLs", async () => {
  const told = await audit({}, "--evidence");
  expect(about(told, ...codes)).toEqual([]);
  // The resolvers of this test know the key and nothing of zones.
  expect(told.selectors[0]?.custody.names).toEqual([{ name: keyName, holder: { who: "domain-owner" } }]);
  const { exchanges } = told.evidence;
  const asked = new Set(exchanges.map(({ server }) => server.split(":")[0]));
  expect(asked).toEqual(new Set([1, 2, 3, 4, 5].map(at)));
  expect(exchanges.every(({ packet }) => packet !== undefined)).toBe(true);
});

test("failure mode 7: an old key at one resolver, and until when it lives there", async () => {
  const told = await audit({ 2: resolver(old, 4000) });
  expect(about(told, ...codes)).toMatchObject([
    {
      code: "ResolversDisagree",
      subject: keyName,
      summary: expect.stringMatching(
        /^resolvers and servers give 2 different answers; old answers live until .* UTC at most \(4000 s\)$/,
      ) as string,
    },
  ]);
});

test("failure mode 7 where no server can be asked: whichever is old", async () => {
  const told = await audit({ 2: resolver(old, 40), 3: () => undefined });
  expect(about(told, ...codes)).toMatchObject([{ code: "ResolversDisagree" }]);
});

test("AUD-D-02 a lame server", async () => {
  expect(about(await audit({ 5: refusing }), ...codes)).toMatchObject([
    { code: "LameDelegation", subject: "customer.example" },
  ]);
});

test("a private key in DNS is in no evidence", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
  const published = resolver(`v=DKIM1; p=${secret}`, 300);
  const told = await audit({ 1: published, 2: resolver(old, 4000) }, "--evidence");
  expect(told.findings.map(({ code }) => code)).toContain("PrivateKeyPublished");
  expect(told.evidence).toBeUndefined();
  expect(JSON.stringify(told)).not.toContain(secret.slice(40, 80));
  expect(about(told, "ResolversDisagree")).toHaveLength(1);
});
