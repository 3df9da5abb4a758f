import { isDeepStrictEqual } from "node:util";
import { format, parse, stripForged } from "chancery/authres";
import {
  CannotSign,
  canonicalizeBody,
  canonicalizeField,
  type CanonicalizationName,
  resultOf,
  sign,
  verify,
  type Verification,
} from "chancery/dkim";
import { evaluate } from "chancery/dmarc";
import { authorOf, headerField, octetsOf, octetText, parseAddressList, parseDomain, splitMessage } from "chancery/mail";
import { ed25519Key, keyRecords, resolver } from "../../protocol/vectors/dkim/example.ts";
import { relaxedBody, relaxedField, simpleBody } from "./by-the-book.ts";
import { type Corpus, now, resolverOf } from "./seeds.ts";
import { demand, type Target } from "./target.ts";

const messageWords = [
  "\r\n",
  "\r\n ",
  "\r\n\t",
  "\r\n\r\n",
  ": ",
  ";",
  "=",
  " ",
  "From:",
  "From: a@example.com\r\n",
  "From : <b@example.net>\r\n",
  "DKIM-Signature:",
  "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=e; h=from; bh=AAAA; b=AAAA\r\n",
  "v=1",
  "a=rsa-sha256",
  "a=ed25519-sha256",
  "c=simple/relaxed",
  "d=example.com",
  "i=@example.com",
  "s=e",
  "q=dns/txt",
  "t=",
  "x=",
  "l=",
  "l=0;",
  "h=from:from:to",
  "bh=",
  "b=",
  "z=",
  "\0",
  "\xff",
  "\xe2\x80\xae",
  "\xe3\x80\x82",
  "xn--",
  "(",
  ")",
  '"',
  "\\",
  "<",
  ">",
  "@",
  ",",
  "AAAA",
];

/** The message in two pieces, cut in a place that follows from the message. */
async function* halves(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  const cut = (octets.length * 7919) % (octets.length + 1);
  yield octets.subarray(0, cut);
  yield octets.subarray(cut);
}

const results = new Set<string>(["pass", ...Object.values(resultOf)]);

function demandSound({ result, reason, signingDomain, selector, algorithm, signedFields }: Verification): void {
  demand(results.has(result), "a result that is no word of RFC 8601");
  demand(reason === undefined ? result === "pass" : resultOf[reason] === result, "a reason of another result");
  for (const name of [signingDomain, selector])
    demand(name === undefined || /^[a-z0-9_.-]{1,253}$/.test(name), "a domain name with something else in it");
  demand(algorithm === undefined || /^[A-Za-z0-9-]+$/.test(algorithm), "an algorithm with something else in it");
  demand(
    signedFields.every((name) => /^[!-9;-~]+$/.test(name)),
    "a field name with something else in it",
  );
}

const verifying = (corpus: Corpus): Target => {
  const options = { resolveTxt: resolverOf(corpus), now };
  return {
    name: "verify",
    seeds: corpus.messages,
    words: messageWords,
    async check(input) {
      const octets = octetsOf(input);
      const whole = await verify(octets, options);
      for (const verification of whole) demandSound(verification);
      const cut = await verify(halves(octets), options);
      demand(isDeepStrictEqual(cut, whole), "the result depends on where the message is cut");
    },
  };
};

const signing = (corpus: Corpus): Target => ({
  name: "sign",
  seeds: corpus.messages,
  words: messageWords,
  async check(input) {
    let fields: Uint8Array;
    try {
      fields = await sign(octetsOf(input), { keys: [ed25519Key], now, lifetimeSeconds: 60 });
    } catch (error) {
      if (error instanceof CannotSign) return;
      throw error;
    }
    const [own] = await verify(Buffer.concat([fields, octetsOf(input)]), { resolveTxt: resolver(keyRecords), now });
    demand(own?.result === "pass", "what was signed does not verify");
    demand(own.uncoveredFields.length === 0, "an important field is not covered");
    demand(
      /^(?:[!-~][ -~]{0,77}\r\n(?: [ -~]{1,77}\r\n)*)+$/.test(octetText(fields)),
      "a signature that is no clean field",
    );
  },
});

/** Cut in small pieces of changing length, then in long ones: canonicalizers have to remember what they saw. */
function* pieces(text: string): Generator<string> {
  const lengths = [1, 0, 2, 1, 3, 5, 8, 13];
  for (let at = 0, count = 0; at < text.length; count++) {
    const length = count < 40 ? lengths[count % lengths.length]! : 997;
    yield text.slice(at, at + length);
    at += length;
  }
}

function canonicalBody(name: CanonicalizationName, text: string): string {
  let result = "";
  const body = canonicalizeBody(name, (octets) => (result += octetText(octets)));
  for (const piece of pieces(text)) body.update(octetsOf(piece));
  body.finish();
  return result;
}

const canonicalizing = (corpus: Corpus): Target => ({
  name: "canonicalize",
  seeds: corpus.messages.map((message) => message.slice(message.indexOf("\r\n\r\n") + 4)),
  words: ["\r\n", "\r", "\n", " ", "\t", " \t", "\r\n\r\n", " \r\n", "\r\n ", "\r\r\n", "a", "A:", ":", "\0", "\xff"],
  check(input) {
    demand(canonicalBody("simple", input) === simpleBody(input), "simple is not what it should be");
    demand(canonicalBody("relaxed", input) === relaxedBody(input), "relaxed is not what it should be");
    const field = `X-${input.replace(/\r\n(?![ \t])/g, "")}:\r\n`;
    demand(canonicalizeField(field, "relaxed") === relaxedField(field), "a relaxed field is not what it should be");
  },
});

const reading: Target = {
  name: "author",
  seeds: [
    "Joe SixPack <joe@example.com>",
    '"Six, Joe \\" <x@example.org>" <joe@example.com>, b@example.net',
    "joe (a (b) \\) c)@ (d) example.com (e)",
    "friends: a@example.com, <b@example.net>;",
    "=?utf-8?B?PGFAZXhhbXBsZS5vcmc+?= <joe@b\xc3\xbccher.example>",
    '"joe@example.org"@[192.0.2.1]',
    "<@example.com,@example.org:joe@example.net>",
  ],
  words: [
    "a",
    "@",
    "<",
    ">",
    ",",
    ":",
    ";",
    '"',
    "(",
    ")",
    "\\",
    ".",
    " ",
    "\r\n ",
    "[",
    "]",
    "=?",
    "?=",
    "\0",
    "\xe3\x80\x82",
    "\xff",
  ],
  check(input) {
    parseAddressList(input);
    const author = authorOf([headerField(`From: ${input}\r\n`)]);
    for (const { domain } of author.addresses) {
      demand(/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(domain), "an author domain that is no domain name");
      const again = parseDomain(domain);
      demand(again.ok && again.value === domain, "an author domain that is another one when it is read again");
    }
  },
};

const judging = (corpus: Corpus): Target => ({
  name: "dmarc",
  seeds: corpus.messages.map((message) => message.slice(0, message.indexOf("\r\n\r\n") + 4)),
  words: [...messageWords, "v=DMARC1; p=reject", "com", "net"],
  async check(input) {
    const message = splitMessage(octetsOf(input));
    if (!message.ok) return;
    const author = authorOf(message.value.header);
    const spf = { result: "pass", domain: input.slice(0, 40) };
    const dkim = [{ result: "pass", signingDomain: input.slice(-30) }];
    const { result, explanation } = await evaluate({ author, dkim, spf, resolveTxt: resolverOf(corpus) });
    demand(author.ok || author.addresses.length > 1 || result === "permerror", "a verdict without an author");
    demand(!/[\0-\x1f\x7f]/.test(explanation.join("")), "control characters in an explanation");
  },
});

const ours = "mx.example.org";

const reporting = (corpus: Corpus): Target => ({
  name: "authres",
  seeds: [
    ...corpus.results,
    `Authentication-Results: ${ours}; dkim=pass (ok) header.d=example.com; spf=fail reason="x\\"y"`,
  ],
  words: [
    "Authentication-Results:",
    ours,
    ";",
    "=",
    ".",
    "/",
    "@",
    " none",
    "dkim=pass",
    "reason=",
    "header.d=",
    '"',
    "\\",
    "(",
    ")",
    " ",
    "\r\n ",
    "\r\n",
    "1",
    "\0",
    "\xc3\xbc",
  ],
  check(input) {
    const read = parse(input);
    if (read !== undefined) {
      const written = format(read);
      demand(
        /^[^\0-\x08\x0a-\x1f\x7f]+(?:\r\n [^\0-\x08\x0a-\x1f\x7f]+)*\r\n$/.test(written),
        "a field that is not one clean field",
      );
      const again = parse(written);
      demand(again !== undefined, "what was written cannot be read");
      demand(isDeepStrictEqual(parse(format(again)), again), "written twice it says something else");
      demand(again.authservId === read.authservId.replace(/[\0-\x08\x0a-\x1f\x7f]/g, ""), "written by somebody else");
      demand(again.results.length === read.results.length, "another number of results");
    }
    const header = input.split("\n").map((line) => headerField(`${line}\r\n`));
    const left = header.slice();
    for (const at of stripForged(header, ours)) left.splice(at, 1);
    demand(stripForged(left, ours).length === 0, "a forged field survives");
    demand(
      !left.some(
        ({ lowerName, raw }) => lowerName === "authentication-results" && /^[^:]*:\s*mx\.example\.org\s*;/i.test(raw),
      ),
      "a plain forged field survives",
    );
  },
});

export const mailTargets = (corpus: Corpus): Target[] => [
  verifying(corpus),
  signing(corpus),
  canonicalizing(corpus),
  reading,
  judging(corpus),
  reporting(corpus),
];
