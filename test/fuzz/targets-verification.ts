import { parse } from "chancery/authres";
import {
  compareWithSent,
  comparisonLines,
  explainFailures,
  explanationLines,
  lintKeyRecords,
  parseKeyRecord,
  verify,
} from "chancery/dkim";
import { octetsOf } from "chancery/mail";
import { textOf } from "../../server/src/app/cli/verify/text.ts";
import { checkSpf } from "../../server/src/engine/mail-authentication/spf.ts";
import { parseFixture } from "../../server/src/engine/resolver/fixture.ts";
import type { Lookup } from "../../server/src/engine/resolver/resolution.ts";
import { authenticateMessage } from "../../server/src/service/verification/authenticate-message.ts";
import { unsafeForTerminals } from "../hostile/terminal.ts";
import { type Corpus, keyTexts, now, resolverOf } from "./seeds.ts";
import { demand, type Target } from "./target.ts";

type Entry = { TXT?: string[]; A?: string[]; MX?: string[]; PTR?: string[]; CNAME?: string };

function lookupIn(entries: Record<string, Entry>): Lookup {
  const parsed = parseFixture(JSON.stringify(entries));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

/** Text that a fixture can hold: whatever one record of the DNS can. */
const asTxt = (text: string): string => text.slice(0, 60_000);

const arcWords = [
  "ARC-Seal:",
  "ARC-Message-Signature:",
  "ARC-Authentication-Results:",
  "i=1",
  "i=2",
  "i=51",
  "cv=none",
  "cv=pass",
  "cv=fail",
  "; ",
  "=",
  "\r\n",
  "\r\n ",
  "d=example.com",
  "s=e",
  "b=",
  "bh=",
  "h=arc-seal",
  "DKIM-Signature:",
  "From:",
  "(",
  '"',
  "\\",
  "\0",
  "\xff",
];

/** DKIM, SPF, ARC and DMARC of one message, the field that says so and what is printed of it. */
function authenticating(corpus: Corpus): Target {
  const texts = [...corpus.texts].filter(([name]) => /^[a-z0-9._-]+$/.test(name));
  const lookup = lookupIn({
    ...Object.fromEntries(texts.map(([name, TXT]) => [name, { TXT }])),
    "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject"] },
    "example.com": { TXT: ["v=spf1 ip4:192.0.2.1 -all exp=%{l}.example.com"], A: ["192.0.2.1"] },
  });
  return {
    name: "authenticate",
    share: 1,
    seeds: [...corpus.chains, ...corpus.chains, ...corpus.messages],
    words: arcWords,
    async check(input) {
      const mailFrom = input.slice(input.indexOf("<") + 1, input.indexOf(">")).slice(0, 300);
      const smtp = { ip: "192.0.2.1", mailFrom, helo: input.slice(0, 20) };
      const checked = await authenticateMessage(octetsOf(input), { lookup, now, smtp, authservId: "mx.example.org" });
      const read = parse(checked.authenticationResults);
      demand(read?.authservId === "mx.example.org", "a result field that cannot be read");
      demand(read.results.length === Math.max(1, checked.dkim.length) + 3, "another number of results");
      demand(
        !unsafeForTerminals.test(textOf("message.eml", checked, [], undefined)),
        "what is printed moves a terminal",
      );
    },
  };
}

const spfSeeds = [
  "v=spf1 -all",
  "v=spf1 a mx ptr ip4:192.0.2.0/24 ip6:2001:db8::/32 include:b.example exists:%{ir}.%{v}.b.example ~all",
  "v=spf1 redirect=%{d2}.b.example exp=explain.b.example",
  "v=spf1 mx:b.example/24//64 ?a:%{l}.b.example +exists:%{s}.%{o}.%{h}.%{d1r-}.b.example -all",
];

const checking: Target = {
  name: "spf",
  share: 3,
  seeds: spfSeeds,
  words: [
    "v=spf1",
    "a",
    "mx",
    "ptr",
    "ip4:",
    "ip6:",
    "include:",
    "exists:",
    "redirect=",
    "exp=",
    "all",
    "+",
    "-",
    "~",
    "?",
    "%{d}",
    "%{ir.-+,/_=}",
    "%{l99r}",
    "%%",
    "%_",
    "%-",
    "%{",
    "}",
    "/0",
    "//129",
    ":",
    "=",
    " ",
    ".",
    "a.example",
    "b.example",
    "\0",
    "\xff",
  ],
  async check(input) {
    const entries: Record<string, Entry> = {
      "a.example": { TXT: [asTxt(input)], A: ["192.0.2.1"], MX: ["10 a.example"] },
      "b.example": { TXT: [asTxt(input.slice(input.length / 2))], A: ["192.0.2.2"], MX: ["10 b.example"] },
      "explain.b.example": { TXT: [asTxt(input.slice(8))] },
      "1.2.0.192.in-addr.arpa": { PTR: ["a.example"] },
    };
    const { result, lookups } = await checkSpf(
      { ip: "192.0.2.1", mailFrom: "strong-bad@a.example", helo: "mx.a.example" },
      lookupIn(entries),
    );
    demand(
      /^(?:none|neutral|pass|fail|softfail|temperror|permerror)$/.test(result),
      "a result that is no word of RFC 7208",
    );
    demand(lookups <= 11, "more look-ups than there may be");
  },
};

const linting = (corpus: Corpus): Target => ({
  name: "key-lint",
  share: 3,
  seeds: [
    ...keyTexts(corpus),
    ...keyTexts(corpus)
      .slice(0, 20)
      .map((text) => `"${text.slice(0, 200)}" "${text.slice(200).replaceAll(";", "\\;")}"`),
  ],
  words: [
    "v=DKIM1",
    "DKIM1",
    "k=rsa",
    "p=",
    ";",
    "\\;",
    '"',
    '" "',
    "\\",
    "\n",
    "\\n",
    " ",
    "-----BEGIN PUBLIC KEY-----",
    "-----BEGIN PRIVATE KEY-----",
    "s1._domainkey IN TXT ( ",
    ")",
    "&quot;",
    "\u00e2\u0080\u009c",
    "=",
    "==",
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ",
    "v=spf1",
    "CNAME",
  ],
  check(input) {
    const { findings, meant } = lintKeyRecords(input.split("\0"), { keyName: "s1._domainkey.example.com" });
    for (const { problem, remedy } of findings)
      demand(!/[\0-\x1f\x7f]/.test(problem + remedy), "control characters in a finding");
    demand(meant === undefined || parseKeyRecord(meant).ok, "what was meant is no key record either");
  },
});

/** Why a signature broke. */
const explaining = (corpus: Corpus): Target => {
  const resolveTxt = resolverOf(corpus);
  const sent = corpus.messages.find((message) => message.startsWith("DKIM-Signature")) ?? "";
  return {
    name: "explain",
    share: 1,
    seeds: corpus.messages,
    words: [
      "\r\n",
      "\r\n ",
      " ",
      "\t",
      "=\r\n",
      "=20",
      "=3D",
      "[list] ",
      "--",
      "-- \r\n",
      "Content-Type: multipart/mixed; boundary=a\r\n",
      "Content-Transfer-Encoding: base64\r\n",
      "--a\r\n",
      "Subject:",
      "=?utf-8?q?a?=",
      "l=10;",
      "z=From:a",
      "AAAA",
      "\xe9",
      "\0",
      "\x1b[2J",
    ],
    async check(input) {
      const message = octetsOf(input);
      const verifications = await verify(message, { resolveTxt, now });
      const explanations = await explainFailures(message, verifications, { resolveTxt });
      demand(explanations.length === verifications.length, "another number of explanations");
      const comparison = await compareWithSent(octetsOf(sent), message, { resolveTxt });
      const lines = [
        ...explanations.flatMap((one) => (one === undefined ? [] : explanationLines(one))),
        ...comparisonLines(comparison),
      ];
      demand(!lines.some((line) => /[\0-\x1f\x7f-\x9f]/.test(line)), "an explanation that moves a terminal");
    },
  };
};

export const verificationTargets = (corpus: Corpus): Target[] => [
  authenticating(corpus),
  checking,
  linting(corpus),
  explaining(corpus),
];
