import { isDeepStrictEqual } from "node:util";
import { looksLikeKeyRecord, parseKeyRecord, parseTagList, readKeyRecords, verify } from "chancery/dkim";
import { formatPolicyRecord, parsePolicyRecord } from "chancery/dmarc";
import { answer, buildZone, formatMessage, parseMessage, parseZoneFile, zoneSet } from "chancery/dns";
import { octetsOf, octetText } from "chancery/mail";
import { ACTION, createPacketReader, createSession, formatPacket } from "chancery/milter";
import { body, forge, header, now, octets, signatureTemplate } from "../../protocol/vectors/dkim/example.ts";
import { type Corpus, keyTexts } from "./seeds.ts";
import { demand, type Target } from "./target.ts";

const tagWords = [
  "v=DKIM1",
  "k=rsa",
  "k=ed25519",
  "p=",
  "h=sha256",
  "h=sha1",
  "s=email",
  "s=*",
  "t=y",
  "t=s",
  "n=",
  "g=",
  ";",
  "=",
  ":",
  " ",
  "\t",
  "\r\n ",
  '"',
  "\\",
  "AAAA",
  "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ",
  "\0",
  "\xff",
];

const signed = octets(`${forge(signatureTemplate())}${header}\r\n${body}`);

const keyRecords = (corpus: Corpus): Target => ({
  name: "key-record",
  seeds: keyTexts(corpus),
  words: tagWords,
  async check(input) {
    const record = parseKeyRecord(input);
    demand(
      !record.ok || record.value.key.state !== "usable" || record.value.key.publicKey.bits > 0,
      "a key of no bits",
    );
    const texts = input.split("\0");
    const lookup = readKeyRecords(texts);
    demand(!lookup.ok || texts.filter(looksLikeKeyRecord).length === 1, "one key record out of several");
    // The verifier meets the same record behind a signature that is sound.
    const [verification] = await verify(signed, { resolveTxt: async () => texts.map((text) => [text]), now });
    demand(lookup.ok || verification?.result === "permerror", "a result that is not the record's fault");
  },
});

const tagLists = (corpus: Corpus): Target => ({
  name: "tag-list",
  seeds: [...keyTexts(corpus), forge(signatureTemplate()).slice(15, -2)],
  words: tagWords,
  check(input) {
    const list = parseTagList(input);
    if (!list.ok) return demand(list.offset <= input.length, "a problem beyond the end");
    for (const [name, { value, start, end }] of list.value) {
      demand(/^[A-Za-z][A-Za-z0-9_]*$/.test(name), "a name that is none");
      demand(input.slice(start, end).includes(value) && !value.includes(";"), "a value that stands elsewhere");
    }
    const again = parseTagList([...list.value].map(([name, { value }]) => `${name}=${value}`).join(";"));
    demand(
      again.ok && [...list.value].every(([name, { value }]) => again.value.get(name)?.value === value),
      "written again it says something else",
    );
  },
});

const policyRecords: Target = {
  name: "policy-record",
  seeds: [
    "v=DMARC1; p=none",
    "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=r; rua=mailto:a@example.com,mailto:b@example.net!10m; ruf=mailto:c@example.com; fo=1:d:s; psd=y; t=y",
  ],
  words: [
    "v=DMARC1",
    "p=",
    "sp=",
    "np=",
    "reject",
    "quarantine",
    "none",
    "rua=mailto:",
    "ruf=",
    "fo=0:1:d:s",
    "psd=n",
    "t=n",
    "adkim=s",
    "pct=0",
    "ri=",
    ",",
    "!10m",
    "%2C",
    "%",
    ";",
    "=",
    " ",
    "\t",
    "\0",
    "\xff",
  ],
  check(input) {
    const record = parsePolicyRecord(input);
    if (!record.ok) return;
    const { rua, ruf } = record.value;
    for (const { uri } of [...rua, ...ruf]) demand(!/[\s,!;\0-\x1f\x7f]/.test(uri), "an address that ends another one");
    const again = parsePolicyRecord(formatPolicyRecord({ ...record.value, p: record.value.p ?? "none" }));
    demand(
      again.ok &&
        isDeepStrictEqual(
          again.value.rua.map(({ uri }) => uri),
          rua.map(({ uri }) => uri),
        ),
      "written again it says something else",
    );
  },
};

const zoneText = `@ 3600 SOA ns1 hostmaster 1 7200 3600 1209600 300
@ 3600 NS ns1.example.net.
s1._domainkey 300 TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
s2._domainkey 300 CNAME s1._domainkey
*.wild 300 TXT "a"
two 60 A 192.0.2.1
`;

const dnsMessages = (): Target => {
  const records = parseZoneFile(zoneText, { origin: "example.com" });
  if (!records.ok) throw new Error(records.problem);
  const zone = buildZone("example.com", records.value);
  if (!zone.ok) throw new Error(zone.problem);
  const zones = zoneSet([zone.value]);
  const question = (name: string, type: number, more = ""): string =>
    `\x12\x34\x01\0\0\x01\0\0\0\0\0${more === "" ? "\0" : "\x01"}${name
      .split(".")
      .map((label) => String.fromCharCode(label.length) + label)
      .join("")}\0\0${String.fromCharCode(type)}\0\x01${more}`;
  const opt = "\0\0\x29\x04\xd0\0\0\x80\0\0\0";
  const questions = [
    question("s1._domainkey.example.com", 16),
    question("S2._domainkey.Example.com", 16, opt),
    question("example.com", 255, opt),
    question("a.b.wild.example.com", 16),
    question("nothing.example.com", 5),
    question("example.org", 1),
  ];
  return {
    name: "dns",
    seeds: [
      ...questions,
      ...questions.map((text) => octetText(answer(zones, octetsOf(text), "tcp") ?? new Uint8Array(0))),
    ],
    words: [
      "\xc0\x0c",
      "\xc0\x00",
      "\xff\xff",
      "\0\x01",
      "\0\x10",
      "\0\0\x29",
      opt,
      "\x3f",
      "\x40",
      "\0",
      "\x01a",
      "\x07example\x03com\0",
    ],
    check(input) {
      const bytes = octetsOf(input);
      const message = parseMessage(bytes);
      if (message.ok) {
        const again = parseMessage(formatMessage(message.value));
        demand(again.ok, "what was written cannot be read");
        const once = formatMessage(again.value);
        const twice = parseMessage(once);
        demand(twice.ok && isDeepStrictEqual(twice.value, again.value), "written twice it says something else");
      }
      const reply = answer(zones, bytes, "udp");
      demand(reply === undefined || reply.length <= 4096, "a datagram over its size");
      demand(reply === undefined || parseMessage(reply).ok, "a reply that cannot be read");
      demand((bytes[2] ?? 0) < 0x80 || reply === undefined, "a reply to a reply");
      answer(zones, bytes, "tcp");
    },
  };
};

const packet = (command: string, payload = ""): string => octetText(formatPacket(command, octetsOf(payload)));
const conversation = [
  packet("O", "\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"),
  packet("D", "Cj\0mx.example.com\0{daemon_name}\0smtpd\0"),
  packet("C", "client.example.net\x004\x30\x39192.0.2.1\0"),
  packet("H", "client.example.net\0"),
  packet("D", "Mi\x001\0{auth_authen}\0a\0"),
  packet("M", "<a@example.com>\0BODY=8BITMIME\0"),
  packet("R", "<b@example.net>\0"),
  packet("T"),
  packet("L", "From\0 a@example.com\0"),
  packet("L", "Subject\0 one\n two\0"),
  packet("N"),
  packet("B", "Hello\r\n"),
  packet("E", ""),
];

/** A milter connection from its first octet, in two pieces. */
const milter: Target = {
  name: "milter",
  seeds: [
    conversation.join(""),
    [...conversation, ...conversation.slice(5), packet("Q")].join(""),
    [...conversation.slice(0, 8), packet("A"), ...conversation.slice(5), packet("K")].join(""),
  ],
  words: [
    ...conversation,
    packet("A"),
    packet("Q"),
    packet("K"),
    packet("U"),
    packet("z"),
    "\0\0\0\0",
    "\xff\xff\xff\xff",
    "\0",
    "\0\0",
    "\n",
    "{",
  ],
  check(input) {
    const reader = createPacketReader();
    const session = createSession({ requiredActions: ACTION.ADDHDRS });
    const cut = (input.length * 7919) % (input.length + 1);
    for (const piece of [input.slice(0, cut), input.slice(cut)])
      for (const one of reader.push(octetsOf(piece)).packets)
        for (const step of session.receive(one)) {
          if (step.kind === "close") return;
          if (step.kind === "open") demand(session.answerOpen("body").ok, "a message that cannot be opened");
          if (step.kind === "body") session.answerBody(true);
          if (step.kind === "end") demand(session.answerEnd({ action: "accept" }).ok, "a message that cannot end");
        }
  },
};

const zoneFiles: Target = {
  name: "zone-file",
  seeds: [zoneText, `$ORIGIN example.com.\n$TTL 300\n${zoneText}a (\n 60 ; comment\n TXT "b" ) ;\n`],
  words: [
    "@",
    "$ORIGIN ",
    "$TTL ",
    "$INCLUDE ",
    "(",
    ")",
    ";",
    '"',
    "\\",
    "\\000",
    "\n",
    " ",
    "\t",
    "TXT",
    "CNAME",
    "SOA",
    "IN",
    "300",
    "\\# 1 00",
    "*",
    ".",
  ],
  check(input) {
    const records = parseZoneFile(input, { origin: "example.com" });
    if (records.ok) buildZone("example.com", records.value);
  },
};

export const wireTargets = (corpus: Corpus): Target[] => [
  keyRecords(corpus),
  tagLists(corpus),
  policyRecords,
  dnsMessages(),
  milter,
  zoneFiles,
];
