import { describe, expect, test } from "vitest";
import { ed25519Key, keyRecords, octets, resolver, rsaKey } from "../../../vectors/dkim/example.ts";
import { compareWithSent, type SentComparison } from "./compare-sent.ts";
import { comparisonLines } from "./comparison-words.ts";
import { explainedBodyOctetsMax } from "./read-message.ts";
import { above, field, inBody, plain, resolveTxt, signed, simple } from "./test-signed.ts";

const compare = (sent: string, received: string): Promise<SentComparison> =>
  compareWithSent(octets(sent), octets(received), { resolveTxt });
/** Each difference of a field with its kind, and what breaks the first signature. */
async function differences(change: (message: string) => string, options = {}): Promise<[string[], string[]]> {
  const sent = await signed(plain, options);
  const { fields, signatures } = await compare(sent, change(sent));
  const said = fields.map(({ name, difference, kind }) => [name, difference, kind].filter(Boolean).join(" "));
  return [said, signatures[0]!.breakingFields];
}

describe("fields:", () => {
  test("nothing differs", async () => {
    const sent = await signed(plain);
    expect(await compare(sent, sent)).toMatchObject({
      fields: [],
      body: undefined,
      signatures: [{ breakingFields: [] }],
    });
  });
  test("white space is harmless to relaxed and breaks simple", async () => {
    const refold = field("To", "Bob <bob@example.net>,\r\n carol@example.net");
    expect(await differences(refold)).toEqual([["To changed white-space-changed"], []]);
    expect(await differences(refold, simple)).toEqual([["To changed white-space-changed"], ["to"]]);
  });
  test("letters of a name", async () => {
    const change = (message: string): string => message.replace("Message-ID", "Message-Id");
    expect(await differences(change)).toEqual([["Message-Id changed name-case-changed"], []]);
    expect(await differences(change, simple)).toEqual([["Message-Id changed name-case-changed"], ["message-id"]]);
  });
  test("added: unsigned, oversigned, and below", async () => {
    expect(await differences(above("Received: from x"))).toEqual([["Received added"], []]);
    expect(await differences(above("Reply-To: x@example.org"))).toEqual([["Reply-To added"], ["reply-to"]]);
    expect(await differences(above("Subject: x"))).toEqual([["Subject added"], ["subject"]]);
  });
  test("removed", async () => {
    const change = (message: string): string => message.replace("MIME-Version: 1.0\r\n", "");
    expect(await differences(change)).toEqual([["MIME-Version removed"], ["mime-version"]]);
  });
  test("reordered among themselves matters, among others does not", async () => {
    const message = above("Received: a\r\nReceived: b")(plain);
    const sent = await signed(message, { headers: ["from", "received", "received"] });
    const swapped = sent.replace("Received: a\r\nReceived: b", "Received: b\r\nReceived: a");
    const { fields, signatures } = await compare(sent, swapped);
    expect(fields).toMatchObject([{ name: "Received", difference: "reordered" }]);
    expect(signatures[0]!.breakingFields).toEqual(["received"]);
    const moved = sent.replace("MIME-Version: 1.0\r\n", "").replace("To: ", "MIME-Version: 1.0\r\nTo: ");
    expect(await compare(sent, moved)).toMatchObject({ fields: [], signatures: [{ breakingFields: [] }] });
  });
  test("content", async () => {
    expect(await differences(field("Subject", "[list] Dinner on Friday"))).toEqual([
      ["Subject changed subject-tagged"],
      ["subject"],
    ]);
    expect(await differences(field("Subject", "Lunch"))).toEqual([["Subject changed"], ["subject"]]);
    expect(await differences(field("From", "List <l@example.org>"))).toEqual([
      ["From changed from-rewritten"],
      ["from"],
    ]);
  });
  test("the signature itself was folded anew", async () => {
    const fold = (message: string): string => message.replace(/; h=/, ";\r\n\t\th=");
    expect((await differences(fold))[1]).toEqual([]);
    expect((await differences(fold, simple))[1]).toEqual(["dkim-signature"]);
  });
});

describe("the body:", () => {
  test.each([
    ["an empty line at the end", (all: string) => `${all}\r\n`, "empty-lines-at-end", [], false, false],
    [
      "a blank at a line end",
      inBody((all) => all.replace("Bob,", "Bob, ")),
      "white-space",
      ["trailing-blanks-added"],
      false,
      true,
    ],
    ["a footer", (all: string) => `${all}___\r\nlist\r\n`, "content", ["footer-added"], true, true],
    ["a word", inBody((all) => all.replace("eight", "nine")), "content", [], true, true],
  ] as const)("%s", async (_, change, extent, kinds, breaksRelaxed, breaksSimple) => {
    for (const [options, breaks] of [
      [{}, breaksRelaxed],
      [simple, breaksSimple],
    ] as const) {
      const sent = await signed(plain, options);
      const { body, signatures } = await compare(sent, change(sent));
      expect(body!.extent).toBe(extent);
      expect(body!.changes.map(({ kind }) => kind)).toEqual(kinds);
      expect(signatures[0]).toMatchObject({ sentBody: "fits", sentHeader: "fits", bodyBreaks: breaks });
    }
  });
  test("the first line that differs is shown, also past the end of one of them", async () => {
    const sent = await signed(plain);
    const changed = await compare(sent, inBody((all) => all.replace("eight", "nine"))(sent));
    expect(changed.body).toMatchObject({
      line: 3,
      sent: "the caf\xc3\xa9 at eight?",
      received: "the caf\xc3\xa9 at nine?",
    });
    const longer = await compare(sent, `${sent}more\r\n`);
    expect(longer.body).toMatchObject({ line: 9, sent: undefined, received: "more" });
    expect((await compare(`${sent}more\r\n`, sent)).body).toMatchObject({ line: 9, sent: "more", received: undefined });
  });
  test("bodies too long to be searched are compared all the same", async () => {
    const long = `From: a@example.com\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(explainedBodyOctetsMax / 72 + 10)}`;
    const comparison = await compare(`${long}sent\r\n`, `${long}received\r\n`);
    const line = long.split("\r\n").length - 2;
    expect(comparison.body).toEqual({ extent: "content", changes: [], line, sent: "sent", received: "received" });
    expect((await compare(long, long.replace("x\r\n", "x \r\n"))).body).toMatchObject({
      extent: "white-space",
      line: 1,
    });
    expect((await compare(long, long)).body).toBeUndefined();
  });
  test("a body that is added to under l= is harmless", async () => {
    const sent = (await signed(plain)).replace(/(?<=; )(?=h=)/, "l=2; ");
    expect((await compare(sent, `${sent}more\r\n`)).signatures[0]!.bodyBreaks).toBe(false);
  });
});

describe("each signature:", () => {
  test("carried when sent, or made after that", async () => {
    const sent = await signed(plain);
    const resigned = await signed(`${sent}footer\r\n`, { keys: [ed25519Key] });
    expect((await compare(sent, resigned)).signatures).toMatchObject([
      { selector: "e", carriedWhenSent: false, sentBody: "differs", bodyBreaks: true },
      { selector: "r", carriedWhenSent: true, sentBody: "fits", sentHeader: "fits", bodyBreaks: true },
    ]);
    expect((await compare(plain, await signed(plain))).signatures).toMatchObject([
      { carriedWhenSent: false, sentBody: "fits", sentHeader: "fits", breakingFields: [], bodyBreaks: false },
    ]);
  });
  test("the file is not what was signed", async () => {
    const received = await signed(plain);
    const other = field("Subject", "Lunch")(plain);
    expect((await compare(other, received)).signatures).toMatchObject([{ sentBody: "fits", sentHeader: "differs" }]);
  });
  test("without its key", async () => {
    const sent = octets(await signed(plain, { keys: [rsaKey, ed25519Key] }));
    const { signatures } = await compareWithSent(sent, sent, {
      resolveTxt: resolver({ "e._domainkey.example.com": keyRecords["e._domainkey.example.com"]! }),
    });
    expect(signatures.map(({ sentHeader }) => sentHeader)).toEqual(["unknown", "fits"]);
  });
});

test("in words", async () => {
  const sent = await signed(plain);
  const received = above("Received: from x\x1b[2J")(field("Subject", "[list] Dinner on Friday")(`${sent}___\r\n`));
  expect(comparisonLines(await compare(sent, received))).toEqual([
    "d=example.com s=r: the message as sent carries this signature; it verifies over the message as sent; what it signs differs in: subject, the body",
    'Received: added: received " from x\\u001b[2J": harmless to the signatures',
    'Subject: changed (a tag was added to the Subject): sent " Dinner on Friday", received " [list] Dinner on Friday": breaks d=example.com s=r',
    'body: the content differs, first in line 9: sent: nothing, the body ends before, received "___": breaks d=example.com s=r',
    "body, line 9: text was added at the end of the body",
  ]);
  expect(comparisonLines(await compare(sent, sent))).toEqual([
    "d=example.com s=r: the message as sent carries this signature; it verifies over the message as sent; no difference touches what it signs",
    "nothing differs: the messages are the same octets",
  ]);
});
