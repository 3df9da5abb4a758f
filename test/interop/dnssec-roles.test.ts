import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { eventually, run } from "../rig/peer.ts";

/* The roles of a running Chancery: the controller makes keys, the name server signs with them, also when all else is gone (F-29, D3). */

let chancery: Chancery;
const origin = "esp.example";
const text = `$TTL 300
@ SOA ns1.${origin}. hostmaster.${origin}. 1 3600 600 1209600 300
@ NS ns1.${origin}.
ns1 A 192.0.2.1
s1._domainkey TXT "v=DKIM1; p="
`;

beforeAll(async () => {
  chancery = await newChancery(undefined, { "rotation.policy": "lab" });
  await chancery.start();
});
afterAll(() => chancery.remove());

const at = (): string[] => [`@${chancery.listen.dns.host}`, "-p", String(chancery.listen.dns.port)];
const answered = async (name: string, type: string): Promise<string> =>
  (await run("dig", [...at(), "+dnssec", "+noall", "+answer", name, type])).stdout;
const signed = (name: string, type: string): Promise<string> =>
  eventually(async () => [await answered(name, type)].find((answer) => answer.includes("RRSIG")), {
    seconds: 15,
    otherwise: () => chancery.output(),
  });

test("a zone is signed by a command, and stays signed through a restart with the database gone", async () => {
  const file = join(chancery.data, "..", "zone");
  writeFileSync(file, text);
  expect((await chancery.cli("zone", "import", file, "--origin", origin)).status).toBe(0);
  const [enabled] = (await chancery.json(["zone", "dnssec", "enable", origin])) as {
    algorithm: number;
    mode: string;
  }[];
  expect(enabled).toMatchObject({ algorithm: 13, mode: "online" }); // DNS-E-01
  const dnskey = await signed(origin, "DNSKEY");
  expect(dnskey.match(/DNSKEY\s+25[67] 3 13/g)).toHaveLength(2);
  await signed(`s1._domainkey.${origin}`, "TXT");
  const shown = await chancery.cli("zone", "dnssec", "show", origin);
  expect(shown.stdout).toContain("DS: nothing to do at the parent yet");

  // Another way of signing, and back: no answer in between is without signatures.
  for (const mode of ["presigned", "online"]) {
    const switching = chancery.cli("zone", "dnssec", "enable", origin, "--mode", mode);
    const answers: string[] = [];
    const isDeniedOnline = async (): Promise<boolean> => {
      answers.push(await answered(origin, "SOA"));
      const denial = await run("dig", [...at(), "+dnssec", "+noall", "+authority", `nothing.${origin}`, "A"]);
      return denial.stdout.includes("\\000.nothing");
    };
    await eventually(async () => (await isDeniedOnline()) === (mode === "online") || undefined, {
      seconds: 30,
      everySeconds: 0,
      otherwise: () => chancery.output(),
    });
    expect((await switching).status).toBe(0);
    expect(answers.filter((answer) => !answer.includes("RRSIG"))).toEqual([]);
  }

  await chancery.stop();
  renameSync(join(chancery.data, "chancery.sqlite"), join(chancery.data, "..", "gone"));
  const alone = await chancery.run("nameserver");
  const answer = await signed(`s1._domainkey.${origin}`, "TXT");
  const tagOf = (answers: string): string | undefined => /RRSIG\s+TXT .* (\d+) esp\.example\./.exec(answers)?.[1];
  expect(dnskey).toMatch(/DNSKEY\s+256/);
  expect(tagOf(answer)).toBeDefined();
  expect(alone.output()).not.toContain("cannot be signed");
});

test("no private key is in the log, nor in the file that the name server keeps", async () => {
  const kept = await run("cat", [join(chancery.data, "zone-keys")]);
  expect(kept.stdout).toContain('"sealed"');
  for (const said of [kept.stdout, chancery.output()]) expect(said).not.toMatch(/PRIVATE KEY|"d":|MIGHAgEA/);
});
