// The attacks of espoofer as a receiver gets them: verdicts, the Authentication-Results field, what is printed.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, parse, type AuthenticationResults } from "chancery/authres";
import { verify } from "chancery/dkim";
import { authenticationResult, evaluate } from "chancery/dmarc";
import { authorOf, splitMessage } from "chancery/mail";
import { afterAll, describe, expect, test } from "vitest";
import { ed25519Record, forge, now, octets, signatureTemplate } from "../protocol/vectors/dkim/example.ts";
import { resolver } from "../protocol/vectors/dmarc/example.ts";
import { parseFixture } from "../server/src/engine/resolver/fixture.ts";
import { authenticateMessage } from "../server/src/service/verification/authenticate-message.ts";
import { outputOf } from "./hostile/command.ts";
import { unsafeForTerminals } from "./hostile/terminal.ts";
import { attackMessage, attacks, type Attack } from "./hostile/espoofer.ts";

const names = {
  "s._domainkey.attack.test": [ed25519Record],
  "selector._domainkey.attack.test": [ed25519Record],
  "selector._domainkey.legitimate.test": [ed25519Record],
  "_dmarc.legitimate.test": ["v=DMARC1; p=reject"],
  "_dmarc.attack.test": ["v=DMARC1; p=reject"],
};

/**
 * The message with the attacker's signature, which is as good as it can be, at the end of its header: there it swallows no
 * line that begins with a space.
 */
function signed(attack: Attack): Uint8Array {
  const message = attackMessage(attack);
  const end = message.indexOf("\r\n\r\n") + 2;
  const [header, body] = [message.slice(0, end), message.slice(end + 2)];
  const { d, s } = attack.signature ?? { d: "attack.test", s: "s" };
  const field = forge(signatureTemplate({ d, s }), { header, body });
  return octets(`${header}${field}\r\n${body}`);
}

async function receive(attack: Attack) {
  const message = signed(attack);
  const split = splitMessage(message);
  if (!split.ok) throw new Error(split.problem);
  const author = authorOf(split.value.header);
  const { resolveTxt, asked } = resolver(names);
  const dkim = await verify(message, { resolveTxt, now });
  const askedForKeys = [...asked];
  const dmarc = await evaluate({ author, dkim, spf: attack.spf, resolveTxt });
  return { message, author, dkim, dmarc, askedForKeys };
}

const rows = attacks.map((attack) => [attack.id, attack.idea, attack] as const);

describe("a receiver is not taken in", () => {
  test.each(rows)("espoofer %s: %s", async (_id, _idea, attack) => {
    const { author, dkim, dmarc, askedForKeys } = await receive(attack);
    if ("domain" in attack.author) expect(author).toMatchObject({ ok: true, domain: attack.author.domain });
    else expect(author).toMatchObject({ ok: false, reason: attack.author.reason });
    expect(dmarc.result).toBe(attack.dmarc);
    if (attack.signature === undefined) {
      expect(dkim).toMatchObject([{ result: "pass", signingDomain: "attack.test" }]);
    } else {
      expect(dkim).toMatchObject([{ result: "neutral", reason: "malformed-signature" }]);
      expect(askedForKeys).toEqual([]);
    }
  });
});

/** What an MTA would report, its own octets and the stranger's alike put in as they are. */
function reported(attack: Attack, { dkim, dmarc }: Awaited<ReturnType<typeof receive>>): AuthenticationResults {
  const property = (ptype: string, name: string, value: string) => ({ ptype, property: name, value });
  return {
    authservId: "mx.example.net",
    version: null,
    results: [
      ...dkim.map((one) => ({
        method: "dkim",
        version: null,
        result: one.result,
        reason: one.detail ?? null,
        properties: [
          property("header", "d", attack.signature?.d ?? one.signingDomain ?? ""),
          property("header", "s", attack.signature?.s ?? one.selector ?? ""),
          property("header", "b", one.signatureStart),
        ],
      })),
      {
        method: "spf",
        version: null,
        result: attack.spf.result,
        reason: attack.spf.domain,
        properties: [property("smtp", "mailfrom", attack.mailFrom)],
      },
      authenticationResult(dmarc),
    ],
  };
}

const withoutControls = (text: string): string => text.replace(/[\0-\x08\x0a-\x1f\x7f]/g, "");

describe("an Authentication-Results field says what was put in, and nothing else", () => {
  test.each(rows)("espoofer %s: %s", async (_id, _idea, attack) => {
    const results = reported(attack, await receive(attack));
    const field = format(results);
    const clean = JSON.parse(JSON.stringify(results), (_key, value: unknown) =>
      typeof value === "string" ? withoutControls(value) : value,
    ) as AuthenticationResults;
    expect(parse(field)).toEqual(clean);
    expect(field).toMatch(/^Authentication-Results: mx\.example\.net;(?:\r\n [ -~]+)+\r\n$/);
    // Outside of quotes the stranger's octets never stand unless they are a plain address or token.
    const bare = field.replace(/"(?:[^"\\]|\\.)*"/g, '""');
    expect(bare).not.toMatch(/[()\\<>]/);
    expect(bare.match(/;/g)).toHaveLength(results.results.length);
  });
});

const fixture = parseFixture(
  JSON.stringify({
    ...Object.fromEntries(Object.entries(names).map(([name, TXT]) => [name, { TXT }])),
    // The attacker lets everybody send, and has the local part of MAIL FROM told.
    ...Object.fromEntries(
      ["attack.test", "33.attack.test", "any.attack.test"].map((name) => [
        name,
        { TXT: ["v=spf1 exists:%{l}.attack.test +all"] },
      ]),
    ),
    "legitimate.test": { TXT: ["v=spf1 -all"] },
  }),
);
if (!fixture.ok) throw new Error(fixture.problem);
const lookup = fixture.value;

describe("the field that `verify` writes has nothing of the envelope but plain names and addresses", () => {
  test.each(rows)("espoofer %s: %s", async (_id, _idea, attack) => {
    const { authenticationResults, dmarc } = await authenticateMessage(signed(attack), {
      lookup,
      now,
      authservId: "mx.example.net",
      smtp: { ip: "192.0.2.1", mailFrom: attack.mailFrom, helo: "attack.test" },
    });
    expect(dmarc.result).toBe(attack.dmarc);
    const read = parse(authenticationResults);
    expect(read?.results.map(({ method }) => method)).toEqual(["dkim", "spf", "arc", "dmarc"]);
    const spf = read?.results[1];
    for (const { value } of spf?.properties ?? []) {
      expect(value).toMatch(/^(?:[a-z']+@)?[a-z0-9.]+\.test$/);
      if (spf?.result === "pass") expect(value).toMatch(/(?:^|[.@])attack\.test$/);
    }
  });
});

describe("what is said of the signer is a domain name or nothing", () => {
  test.each(rows)("espoofer %s: %s", async (_id, _idea, attack) => {
    const { dkim } = await receive(attack);
    for (const { signingDomain, selector } of dkim)
      for (const name of [signingDomain, selector]) expect(name ?? "").toMatch(/^[a-z0-9_.-]*$/);
  });
});

const folder = mkdtempSync(join(tmpdir(), "chancery-espoofer-"));
afterAll(() => rmSync(folder, { recursive: true }));
const dns = join(folder, "dns.json");
writeFileSync(dns, JSON.stringify(Object.fromEntries(Object.entries(names).map(([name, TXT]) => [name, { TXT }]))));

describe("nothing that `chancery verify` prints moves a terminal", () => {
  test.each(rows)("espoofer %s: %s", async (_id, _idea, attack) => {
    const file = join(folder, "message.eml");
    writeFileSync(file, signed(attack));
    const text = await outputOf("verify", "--dns", dns, "--now", `${now}`, file);
    expect(text).toContain(attack.signature === undefined ? "pass" : "neutral");
    expect(text).not.toMatch(unsafeForTerminals);
  });
});
