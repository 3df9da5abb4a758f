// Methods in which a zone is ours, with NSD as the customer's parent zone and Unbound asking: a subdomain, the whole of _domainkey with another vendor's selectors in it, and a name that we hold.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Domain } from "@chancery/api";
import { sign } from "chancery/dkim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSink, type SmtpSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { domainOf, everyVerifierPasses, verdictsOn, whenPhase, zoneTextFor } from "../rig/delegation.ts";
import { dig } from "../rig/dig.ts";
import { type Internet, serviceZone, startInternet } from "../rig/internet.ts";
import { delivered, type Login, signaturesOf, swaks } from "../rig/mail.ts";
import { eventually, temporaryDirectory } from "../rig/peer.ts";
import { verifyWith } from "../rig/verifiers.ts";

const [corp, big, quiet] = ["corp.example", "big.example", "quiet.example"] as const;
const directory = temporaryDirectory("zones");
const login: Login = { name: "app@esp.example", password: "" };
let internet: Internet;
let chancery: Chancery;
let sink: SmtpSink;

beforeAll(async () => {
  [internet, sink] = await Promise.all([startInternet({ net: 92, customers: [corp, big, quiet] }), startSink()]);
  chancery = await newChancery(internet, { "relay.next_hop": `127.0.0.1:${sink.port}` });
  await chancery.start();
  const [sender] = (await chancery.json(["sender", "add", login.name])) as { password: string }[];
  login.password = sender!.password;
}, 120_000);
afterAll(async () => {
  await chancery?.remove();
  await Promise.all([internet?.stop(), sink?.close()]);
  directory.remove();
});

const added = async (domain: string, method: string, ...more: string[]): Promise<Domain> =>
  domainOf(await chancery.json(["domain", "add", domain, "--method", method, ...more]));
const codes = ({ findings }: Domain): string[] => findings.map(({ code }) => code);

/** A message through the relay: it passes every verifier; answers `d=`. */
async function signedAs(from: string): Promise<string> {
  const subject = `mail from ${from}`;
  const sent = await swaks(chancery.listen.relay, { from, to: "reader@example.net", subject }, login);
  expect(sent.status, sent.stdout + sent.stderr).toBe(0);
  const { file, message } = await delivered(sink, subject, directory.path);
  expect(await verdictsOn(chancery, internet, file)).toEqual(everyVerifierPasses);
  return signaturesOf(message)[0]!.domain;
}

describe.concurrent("ns-subdomain", () => {
  const domain = `email.${corp}`;

  test("R-31 the organisation's main domain is refused, with the reason", async () => {
    const { status, stderr } = await chancery.cli("domain", "add", corp, "--method", "ns-subdomain");
    expect(status).toBe(2);
    expect(stderr).toContain("main domain of its organisation");
  });

  test("R-31 the proof stands in the parent's zone, and is visible after the cut-over; keys and SPF are served below it", async () => {
    const { records } = await added(domain, "ns-subdomain");
    expect(records[0]).toMatchObject({ name: `_chancery-challenge.${corp}`, type: "TXT" });
    expect((await dig(chancery.listen.dns, domain, "SOA")).rcode).toBe("REFUSED");
    await internet.customers[corp]!.publish(await zoneTextFor(chancery, domain));
    await chancery.json(["domain", "verify", domain]);
    const key = await whenPhase(chancery, domain, "active");
    expect(key.name).toMatch(/^chancery-[a-z]{3}\d{4}\._domainkey\.email\.corp\.example$/);
    expect(await signedAs(`news@${domain}`)).toBe(domain);
    await chancery.json(["zone", "template", "apply", domain, "spf", "--set", "ip=192.0.2.0/24"]);
    const spf = await eventually(
      async () => (await dig({ host: internet.resolver.address }, domain, "TXT")).answers[0],
      { seconds: 20, otherwise: () => chancery.output().slice(-2000) },
    );
    expect(spf).toContain("v=spf1 ip4:192.0.2.0/24");
    expect(domainOf(await chancery.json(["domain", "verify", domain]))).toMatchObject({ status: "valid" });
  });
});

describe.concurrent("ns-domainkey", () => {
  const vendor = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keyText = (key: KeyObject): string => {
    const text = `v=DKIM1; k=rsa; p=${key.export({ type: "spki", format: "der" }).toString("base64")}`;
    return text
      .match(/.{1,250}/g)!
      .map((part) => `"${part}"`)
      .join(" ");
  };
  const vendorRecords = (): string =>
    `mtaq7._domainkey.${big}. TXT ${keyText(vendor.publicKey)}\nzulu._domainkey.${big}. CNAME zulu.vendor.${corp}.`;
  /** The vendor's message at this moment, and whether a receiver verifies it. */
  async function vendorMail(resolver: { address: string; port: number }): Promise<string> {
    const message = Buffer.from(`From: x@${big}\r\nTo: y@example.net\r\nSubject: ${Date.now()}\r\n\r\nGood day.\r\n`);
    const signingKey = { signingDomain: big, selector: "mtaq7", privateKey: vendor.privateKey };
    const field = await sign(message, { keys: [signingKey] });
    const file = join(directory.path, "vendor.eml");
    writeFileSync(file, Buffer.concat([field, message]));
    const [verdict] = await verifyWith("dkimpy", [file], resolver);
    return verdict!.result === "pass" ? "pass" : `${verdict!.result} ${verdict!.detail}`;
  }

  test("S18 the delegation is not shown before the other vendors' selectors are known and served, and their mail verifies before, during and after the cut-over", async () => {
    await internet.customers[big]!.publish(vendorRecords());
    const first = await added(big, "ns-domainkey");
    expect(first.records.map(({ type }) => type)).toEqual(["TXT"]);
    expect(codes(first)).toContain("SelectorsNotImported");
    await internet.customers[big]!.publish(`${await zoneTextFor(chancery, big)}\n${vendorRecords()}`);
    const verified = domainOf(await chancery.json(["domain", "verify", big], [1]));
    expect(verified).toMatchObject({ claim: "verified", status: "pending" });
    expect(codes(verified)).toEqual(["SelectorsNotImported"]);
    const wrong = ["domain", "selectors", big, "--import-selector", "mtaq7", "--import-selector", "typo"];
    await eventually(
      async () => {
        const [finding] = domainOf(await chancery.json(wrong)).findings;
        return finding?.evidence.includes("typo was named, and nothing stands there") || undefined;
      },
      { seconds: 30, otherwise: () => chancery.output().slice(-4000) },
    );
    const words = ["domain", "selectors", big, "--import-selector", "mtaq7", "--import-selector", "zulu"];
    const named = await eventually(
      async () => {
        const one = domainOf(await chancery.json(words));
        return codes(one).includes("SelectorsNotImported") ? undefined : one;
      },
      { seconds: 30, otherwise: () => chancery.output().slice(-4000) },
    );
    expect(named.otherSelectors?.map(({ selector, state }) => `${selector} ${state}`)).toEqual(
      expect.arrayContaining(["mtaq7 present", "zulu present"]),
    );
    expect(named.records.map(({ type }) => type)).toEqual(["TXT", "NS"]);

    const verdicts = new Set<string>();
    const done = new AbortController();
    const watching = (async () => {
      while (!done.signal.aborted)
        for (const resolver of [internet.resolver, internet.freshResolver]) verdicts.add(await vendorMail(resolver));
    })();
    await internet.customers[big]!.publish(await zoneTextFor(chancery, big));
    const key = await whenPhase(chancery, big, "active");
    expect(key.name).toMatch(/^chancery-[a-z]{3}\d{4}\._domainkey\.big\.example$/);
    expect(await signedAs(`news@${big}`)).toBe(big);
    done.abort();
    await watching;
    expect([...verdicts]).toEqual(["pass"]);
    const served = await dig(chancery.listen.dns, `zulu._domainkey.${big}`, "CNAME");
    expect(served.answers).toEqual([`zulu.vendor.${corp}.`]);
    expect(domainOf(await chancery.json(["domain", "verify", big]))).toMatchObject({ status: "valid", findings: [] });
  });
});

describe.concurrent("third-party-domain", () => {
  test("mail From a domain that publishes nothing is signed as a name of ours, and said not to align", async () => {
    const one = await added(quiet, "third-party-domain");
    expect(one).toMatchObject({ claim: "verified", proof: "operator", status: "valid", records: [] });
    expect(codes(one)).toEqual(["NotAligned"]);
    expect(one.signingDomain).toMatch(new RegExp(`^[a-z2-7]{20}\\.${serviceZone}$`));
    await whenPhase(chancery, quiet, "active");
    expect(await signedAs(`news@${quiet}`)).toBe(one.signingDomain);
  });
});
