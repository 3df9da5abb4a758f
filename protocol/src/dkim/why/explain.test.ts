import { describe, expect, test } from "vitest";
import { ed25519Key, forge, now, octets, signatureTemplate } from "../../../vectors/dkim/example.ts";
import { verify } from "../verify/verify.ts";
import { explainFailures } from "./explain.ts";
import { above, body, explain, field, header, inBody, plain, resolveTxt, signed } from "./test-signed.ts";

/** Body, header and key as the first signature's explanation has them. */
const facts = async (message: string): Promise<string> => {
  const [explanation] = await explain(message);
  return `${explanation!.body} ${explanation!.header} ${explanation!.madeByKey}`;
};
const unknownBody = inBody((all) => all.replace("eight", "seven"));
const unknownSubject = field("Subject", "Lunch on Friday");

describe("what is certain is said, whether or not the change is known:", () => {
  test("only the body was changed", async () => {
    expect(await facts(unknownBody(await signed(plain)))).toBe("changed intact yes");
    expect(await facts(unknownBody(await signed(plain, { keys: [ed25519Key] })))).toBe("changed intact yes");
  });
  test("only the header was changed", async () => {
    expect(await facts(unknownSubject(await signed(plain)))).toBe("intact changed yes");
  });
  test("Ed25519 cannot tell a changed header from another key", async () => {
    expect(await facts(unknownSubject(await signed(plain, { keys: [ed25519Key] })))).toBe("intact unknown unknown");
  });
  test("both were changed", async () => {
    expect(await facts(unknownBody(unknownSubject(await signed(plain))))).toBe("changed changed yes");
  });
  test("l= says more octets than the body has, and the header is checked all the same", async () => {
    const message = forge(signatureTemplate({ l: "80" }), { header, body }) + plain;
    expect((await verify(octets(message), { resolveTxt, now }))[0]!.result).toBe("pass");
    expect(await facts(message.slice(0, -40))).toBe("shortened intact yes");
  });
  test("the covered part was changed under l=", async () => {
    const message = forge(signatureTemplate({ l: "80" }), { header, body }) + plain;
    expect(await facts(unknownBody(message))).toBe("changed intact yes");
  });
  test("another key made it, so the header cannot be judged", async () => {
    const foreign = (await signed(plain)).replace(
      /([\s;]b=\s*\S{8})(\S)/,
      (_, start: string, next: string) => start + (next === "A" ? "B" : "A"),
    );
    expect(await facts(foreign)).toBe("intact unknown no");
  });
});

test("a body of some mebibytes is searched whole", async () => {
  const message = await signed(`${plain}${"The quick brown fox jumps over the lazy dog.\r\n".repeat(70_000)}`);
  const [explanation] = await explain(`${message}____\r\nlist\r\n`);
  expect(explanation).toMatchObject({ changes: [{ kind: "footer-added", line: 70_009, found: "____\r\nlist" }] });
});

test("what did not break on the way has no explanation", async () => {
  const good = await signed(plain);
  const expired = await signed(plain, { lifetimeSeconds: 1, now: now - 10_000 });
  const other = good.replace("a=rsa-sha256", "a=new-sha256");
  for (const message of [good, expired, other]) expect(await explain(message)).toEqual([undefined]);
  expect(await explain(plain)).toEqual([]);
});

test("each signature has its own explanation, in order", async () => {
  const both = await signed(plain);
  const twice = above("Reply-To: x@example.org")(await signed(both, { headers: ["from"], keys: [ed25519Key] }));
  const explanations = await explain(`${twice}-- \r\nlist\r\n`);
  expect(explanations.map((each) => each!.changes.map(({ kind }) => kind))).toEqual([
    ["footer-added"],
    ["footer-added", "field-added"],
  ]);
});

describe("a change that is not known is not given the name of another:", () => {
  const changes: Record<string, (message: string) => string> = {
    "a word of the body": unknownBody,
    "a word of the body and a footer": (message) => `${unknownBody(message)}____\r\nlist\r\n`,
    "the last line is gone": (message) => message.slice(0, -5),
    "a word of the Subject": unknownSubject,
    "a word of the Subject and a tag": field("Subject", "[list] Lunch"),
    "another author": field("From", "Mallory <mallory@example.com>"),
    "another date": field("Date", "Sat, 02 Jul 2022 10:52:37 +0000"),
    "an address more": field("To", "Bob <bob@example.net>, carol@example.net, dave@example.org"),
  };
  test.each(Object.entries(changes))("%s", async (_, change) => {
    for (const keys of [undefined, [ed25519Key]]) {
      const [explanation] = await explain(change(await signed(plain, keys && { keys })));
      expect(explanation).toMatchObject({ changes: [], searched: "all" });
    }
  });
});

test("the evidence is what stands there and what was signed", async () => {
  const tagged = field("Subject", "[list] Dinner on Friday")(`${await signed(plain)}____\r\nlist\r\n`);
  const [explanation] = await explain(tagged);
  expect(explanation!.changes).toEqual([
    { kind: "footer-added", field: undefined, line: 9, found: "____\r\nlist", signed: undefined },
    {
      kind: "subject-tagged",
      field: "Subject",
      line: undefined,
      found: " [list] Dinner on Friday",
      signed: " Dinner on Friday",
    },
  ]);
});

test("DKIM-V-29 copies in z= are evidence beside the result, and take no part in it", async () => {
  const parts = { header, body };
  const z = "From:Ann=20Author=20<ann@example.com>|Subject:Dinner=20on=20Friday";
  const message = forge(signatureTemplate({ z }), parts) + plain;
  const [explanation] = await explain(unknownBody(field("Subject", "[list] Dinner on Friday")(message)));
  expect(explanation!.copiesDiffer).toEqual(["subject"]);
  expect(explanation!.changes.map(({ kind }) => kind)).toEqual(["subject-tagged"]);
  const lying = forge(signatureTemplate({ z: "Subject:Lunch" }), parts) + plain;
  expect((await verify(octets(lying), { resolveTxt, now }))[0]!.result).toBe("pass");
});

test("verifications of another message, or too many, do no harm", async () => {
  const broken = octets(unknownBody(await signed(plain)));
  const verifications = await verify(broken, { resolveTxt, now });
  expect(await explainFailures(octets(plain), verifications, { resolveTxt })).toEqual([undefined]);
  expect(await explainFailures(broken, [...verifications, ...verifications], { resolveTxt })).toMatchObject([
    {},
    undefined,
  ]);
});

test("a key that is gone meanwhile leaves the header unknown", async () => {
  const broken = octets(unknownBody(await signed(plain)));
  const verifications = await verify(broken, { resolveTxt, now });
  const gone = (): Promise<never> => Promise.reject(new Error("gone"));
  expect(await explainFailures(broken, verifications, { resolveTxt: gone })).toMatchObject([
    { body: "changed", header: "unknown", madeByKey: "unknown" },
  ]);
});
