// Keys that other tools made, as their files are: read here, signed with here, and verified by others against the records that those tools
// wrote. And the folder of an OpenDKIM taken over by the real product, which then signs with the same keys.
import { readFileSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sign } from "chancery/dkim";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readKeyFile } from "../../server/src/engine/keystore/read-key-file.ts";
import { Secret } from "../../server/src/engine/keystore/secret.ts";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { everyVerifierPasses, verdictsOn, whenPhase, zoneTextFor } from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { swaks } from "../rig/mail.ts";
import { eventually, run, temporaryDirectory } from "../rig/peer.ts";
import { verifyWith } from "../rig/verifiers.ts";

const domain = "brought.example";
const directory = temporaryDirectory("brought-keys");
const at = (...names: string[]): string => join(directory.path, ...names);
let internet: Internet;
let sink: SmtpSink;
let chancery: Chancery;

beforeAll(async () => {
  [internet, sink] = await Promise.all([startInternet({ net: 86, customers: [domain] }), startSink()]);
  chancery = await newChancery(internet, { "relay.next_hop": `127.0.0.1:${sink.port}` });
});
afterAll(async () => {
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop()]);
  directory.remove();
});

/** Runs a tool that has to be there. */
async function tool(name: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(name, args);
  if (status !== 0)
    throw new Error(
      `${name} ended with ${status}: ${stderr}; it comes with opendkim-tools, rspamd, openssl, python3-dkim`,
    );
  return stdout;
}

type Made = { selector: string; file: string; record: string; passphrase?: string };
const spkiRecord = async (pem: string): Promise<string> =>
  `v=DKIM1; k=rsa; p=${(await tool("openssl", "pkey", "-pubin", "-in", pem, "-outform", "PEM")).replaceAll(/-----.*-----|\n/g, "")}`;
const zoneRecord = (selector: string, record: string): string =>
  `${selector}._domainkey.${domain}. 5 IN TXT ${(record.match(/.{1,250}/g) ?? []).map((part) => `"${part}"`).join(" ")}`;
/** The text of a zone line, its strings joined. */
const joined = (zone: string): string => [...zone.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join("");

/** One key of each tool that people have, with the record that the tool says. */
const makers: Record<string, () => Promise<Made>> = {
  "opendkim-genkey": async () => {
    await tool("opendkim-genkey", "-D", directory.path, "-d", domain, "-s", "genkey", "-b", "2048");
    return { selector: "genkey", file: at("genkey.private"), record: joined(readFileSync(at("genkey.txt"), "utf8")) };
  },
  "rspamadm, RSA": async () => {
    const out = await tool("rspamadm", "dkim_keygen", "-d", domain, "-s", "rrsa", "-b", "2048", "-k", at("rrsa.key"));
    return { selector: "rrsa", file: at("rrsa.key"), record: joined(out) };
  },
  "rspamadm, Ed25519 with its public half": async () => {
    const out = await tool("rspamadm", "dkim_keygen", "-d", domain, "-s", "red", "-t", "ed25519", "-k", at("red.key"));
    return { selector: "red", file: at("red.key"), record: joined(out) };
  },
  "rspamadm, an Ed25519 seed": async () => {
    const out = await tool(
      "rspamadm",
      "dkim_keygen",
      "-d",
      domain,
      "-s",
      "rseed",
      "-t",
      "ed25519-seed",
      "-k",
      at("rseed.key"),
    );
    return { selector: "rseed", file: at("rseed.key"), record: joined(out) };
  },
  "dknewkey, RSA": async () => {
    await tool("dknewkey", "--ktype", "rsa", at("drsa"));
    return { selector: "drsa", file: at("drsa.key"), record: readFileSync(at("drsa.dns"), "utf8").trim() };
  },
  "dknewkey, Ed25519": async () => {
    await tool("dknewkey", "--ktype", "ed25519", at("ded"));
    return { selector: "ded", file: at("ded.key"), record: readFileSync(at("ded.dns"), "utf8").trim() };
  },
  "openssl, PKCS #1": async () => {
    await tool("openssl", "genrsa", "-traditional", "-out", at("o1.pem"), "2048");
    await tool("openssl", "rsa", "-in", at("o1.pem"), "-pubout", "-out", at("o1.pub"));
    return { selector: "o1", file: at("o1.pem"), record: await spkiRecord(at("o1.pub")) };
  },
  "openssl, encrypted PKCS #8": async () => {
    const pass = "pass:correct horse";
    await tool(
      "openssl",
      "genpkey",
      "-algorithm",
      "RSA",
      "-pkeyopt",
      "rsa_keygen_bits:2048",
      "-aes256",
      "-pass",
      pass,
      "-out",
      at("o8.pem"),
    );
    await tool("openssl", "pkey", "-in", at("o8.pem"), "-passin", pass, "-pubout", "-out", at("o8.pub"));
    return { selector: "o8", file: at("o8.pem"), record: await spkiRecord(at("o8.pub")), passphrase: "correct horse" };
  },
};

test("what is signed with a key of any tool verifies against the record that the tool wrote", async () => {
  const made = await Promise.all(Object.values(makers).map((make) => make()));
  await internet.customers[domain]!.publish(
    made.map(({ selector, record }) => zoneRecord(selector, record)).join("\n"),
  );
  const message = Buffer.from(
    `From: a@${domain}\r\nTo: b@example.net\r\nSubject: brought\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\nGood day.\r\n`,
  );
  const files = await Promise.all(
    made.map(async ({ selector, file, passphrase }) => {
      const key = readKeyFile(
        readFileSync(file),
        "private",
        passphrase === undefined ? undefined : new Secret(passphrase),
      );
      if (key.holds !== "private") throw new Error(`${selector}: ${key.holds === "nothing" ? key.problem : key.holds}`);
      const fields = await sign(message, { keys: [{ signingDomain: domain, selector, privateKey: key.privateKey }] });
      writeFileSync(at(`${selector}.eml`), Buffer.concat([fields, message]));
      return at(`${selector}.eml`);
    }),
  );
  const results = [
    ...(await verifyWith("dkimpy", files, internet.resolver)),
    // OpenDKIM of Debian does not know Ed25519.
    ...(await verifyWith(
      "OpenDKIM",
      files.filter((file) => !/(?:red|rseed|ded)\.eml$/.test(file)),
      internet.resolver,
    )),
  ];
  expect(results.filter(({ result }) => result !== "pass")).toEqual([]);
  expect(results).toHaveLength(8 + 5);
}, 60_000);

test("the folder of an OpenDKIM is taken over, its records stay, and its key goes on signing", async () => {
  const folder = at("etc", "opendkim");
  mkdirSync(join(folder, "keys", domain), { recursive: true });
  await tool("opendkim-genkey", "-D", join(folder, "keys", domain), "-d", domain, "-s", "mail", "-b", "2048");
  writeFileSync(
    join(folder, "KeyTable"),
    `# keys\nmail ${domain}:mail:/etc/opendkim/keys/${domain}/mail.private\nold ${domain}:old:/etc/opendkim/keys/old.private\n`,
  );
  writeFileSync(join(folder, "SigningTable"), `*@${domain} mail\n`);
  writeFileSync(
    join(folder, "opendkim.conf"),
    "KeyTable /etc/opendkim/KeyTable\nSigningTable refile:/etc/opendkim/SigningTable\n",
  );
  await chancery.run("nameserver");
  await Promise.all([chancery.run("relay"), chancery.run("api"), chancery.run("controller")]);

  const dry = await chancery.json(["import", "opendkim", folder, "--dry-run"]);
  expect(dry).toMatchObject([
    { domain, selector: "mail", algorithm: "rsa-sha256", bits: 2048, state: "to import" },
    { domain, selector: "old", state: "skipped" },
  ]);
  expect(((await chancery.get("/v1/domains")) as { items: unknown[] }).items).toEqual([]);
  expect(await chancery.json(["import", "opendkim", folder])).toMatchObject([
    { state: "imported" },
    { state: "skipped" },
  ]);
  expect(await chancery.json(["import", "opendkim", folder])).toMatchObject([
    { state: "skipped", reason: "it is here already" },
    { state: "skipped" },
  ]);

  const own = readFileSync(join(folder, "keys", domain, "mail.txt"), "utf8");
  const asked = await zoneTextFor(chancery, domain);
  const challenge = asked.split("\n").find((line) => line.startsWith("_chancery-challenge"))!;
  await internet.customers[domain]!.publish(`${challenge}\n${zoneRecord("mail", joined(own))}`);
  await chancery.json(["domain", "verify", domain]);
  await whenPhase(chancery, domain, "active");

  const [sender] = (await chancery.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  const login = { name: "app@esp.example", password: sender!.password };
  const sent = await swaks(
    chancery.listen.relay,
    { from: `a@${domain}`, to: "b@example.net", subject: "taken over" },
    login,
  );
  expect(sent.status, sent.stdout).toBe(0);
  const message = await eventually(async () => sink.messages.at(-1), {
    seconds: 30,
    otherwise: () => chancery.output().slice(-2000),
  });
  writeFileSync(at("sent.eml"), message.octets);
  expect(await verdictsOn(chancery, internet, at("sent.eml"))).toEqual(everyVerifierPasses);
  expect(message.octets.toString("latin1")).toContain("s=mail");
  // Nothing that was said or logged holds a line of the key.
  const secret = readFileSync(join(folder, "keys", domain, "mail.private"), "utf8").split("\n")[3]!;
  expect(chancery.output()).not.toContain(secret);
}, 120_000);
