import type { Author } from "chancery/mail";

/** An attack on sender authentication, from outside (`a…`) or by a customer of the relay (`client a…`). */
export type Attack = {
  id: string;
  idea: string;
  /** What MAIL FROM has between its angle brackets. */
  mailFrom: string;
  /** What the victim's SPF check sees: octets of the stranger's in place of a domain, in some. */
  spf: { result: "pass" | "none"; domain: string; identity?: "helo" };
  /** The fields that carry the attack, octet text. */
  fields: string;
  /** `d=` and `s=` of the attacker's signature. Absent: those of a key of attack.test. */
  signature?: { d: string; s: string };
  author: { domain: string } | { reason: Extract<Author, { ok: false }>["reason"] };
  dmarc: "fail" | "permerror";
  /** Where and how the relay refuses the customer who owns attack.test. */
  relay: { at: "MAIL" | "end"; reply: string };
};

const admin = "admin@legitimate.test";
const fromAdmin = `From: <${admin}>\r\n`;
const notTheirs = { at: "end", reply: "550 5.7.1 legitimate.test is not a verified domain of this sender" } as const;
const unreadable = { at: "end", reply: "550 5.7.1 the From field cannot be read" } as const;
const severalFields = { at: "end", reply: "550 5.7.1 the message has several From fields" } as const;
const severalAddresses = { at: "end", reply: "550 5.7.1 the From field has several addresses" } as const;
const badSender = { at: "MAIL", reply: "501 5.1.7 Error: Bad sender address syntax" } as const;

const envelope = (mailFrom: string, domain = mailFrom.slice(mailFrom.lastIndexOf("@") + 1)) =>
  ({ mailFrom, spf: { result: "pass", domain } }) as const;
const ofAttacker = envelope("any@attack.test");
const sender = "Sender: <s@sender.legitimate.test>\r\n";

/**
 * The 22 cases of "Composition Kills" (USENIX Security 2020) and its tool espoofer, restated. The attacker may send for
 * attack.test and wants to be taken for legitimate.test.
 */
export const attacks: readonly Attack[] = [
  {
    id: "a1",
    idea: "MAIL FROM in a sub-domain of the victim's that does not exist",
    mailFrom: "any@mailfrom.notexist.legitimate.test",
    spf: { result: "none", domain: "mailfrom.notexist.legitimate.test" },
    fields: fromAdmin,
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: notTheirs,
  },
  {
    id: "a2",
    idea: "MAIL FROM that is empty to some readers",
    mailFrom: "(any@legitimate.test",
    spf: { result: "pass", domain: "attack.test", identity: "helo" },
    fields: fromAdmin,
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: badSender,
  },
  {
    id: "a3",
    idea: "NUL that cuts the key name short",
    ...envelope("any@33.attack.test"),
    fields: fromAdmin,
    signature: { d: "legitimate.test", s: "selector._domainkey.attack.test.\0.any" },
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: notTheirs,
  },
  {
    id: "a4",
    idea: "quote in d=, to be injected into Authentication-Results",
    ...ofAttacker,
    fields: fromAdmin,
    signature: { d: "legitimate.test'a.attack.test", s: "selector" },
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: notTheirs,
  },
  {
    id: "a5",
    idea: "parenthesis in the domain of MAIL FROM",
    ...envelope("any@legitimate.test(a.attack.test"),
    fields: fromAdmin,
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: badSender,
  },
  {
    id: "a6",
    idea: "quote and second at sign in MAIL FROM",
    ...envelope("any@legitimate.test'@any.attack.test", "legitimate.test'@any.attack.test"),
    fields: fromAdmin,
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: badSender,
  },
  {
    id: "a7",
    idea: "source route in MAIL FROM",
    ...envelope("@legitimate.test,@any.test:'any@attack.test", "legitimate.test,@any.test:'any@attack.test"),
    fields: fromAdmin,
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: badSender,
  },
  {
    id: "a8",
    idea: "two From fields",
    ...ofAttacker,
    fields: `From: <first@attack.test>\r\n${fromAdmin}`,
    author: { reason: "several-from-fields" },
    dmarc: "permerror",
    relay: severalFields,
  },
  {
    id: "a9",
    idea: "space before the first of two From fields",
    ...ofAttacker,
    fields: ` From: <first@attack.test>\r\n${fromAdmin}`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "a10",
    idea: "space behind the name of the second From field",
    ...ofAttacker,
    fields: `From: <first@attack.test>\r\nFrom : <${admin}>\r\n`,
    author: { reason: "several-from-fields" },
    dmarc: "permerror",
    relay: severalFields,
  },
  {
    id: "a11",
    idea: "fold behind the name of the first From field",
    ...ofAttacker,
    fields: `From\r\n : <first@attack.test>\r\n${fromAdmin}`,
    author: { reason: "several-from-fields" },
    dmarc: "permerror",
    relay: severalFields,
  },
  {
    id: "a12",
    idea: "broken From field beside a Sender field",
    ...ofAttacker,
    fields: `From\r\n : <first@attack.test>\r\nSender: <${admin}>\r\n`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "a13",
    idea: "broken From field beside a Resent-From field",
    ...ofAttacker,
    fields: `From\r\n : <first@attack.test>\r\nResent-From: <${admin}>\r\n`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "a14",
    idea: "two addresses in one From field",
    ...ofAttacker,
    fields: `From: <first@attack.test>, <${admin}>\r\n${sender}`,
    author: { reason: "several-addresses" },
    dmarc: "permerror",
    relay: severalAddresses,
  },
  {
    id: "a15",
    idea: "address hidden in an encoded word",
    ...ofAttacker,
    fields: `From: =?utf-8?b?${Buffer.from(`<${admin}>`).toString("base64")}?=,<second@attack.test>\r\n${sender}`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "a16",
    idea: "source route in From",
    ...ofAttacker,
    fields: `From: <@attack.test,@any.test:${admin}>\r\n${sender}`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "a17",
    idea: "backslash before the comma between two addresses",
    ...ofAttacker,
    fields: `From: <${admin}>\\,<second@attack.test>\r\n${sender}`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "a18",
    idea: "bare address before one in brackets",
    ...ofAttacker,
    fields: `From: ${admin},<second@attack.test>\r\n${sender}`,
    author: { reason: "several-addresses" },
    dmarc: "permerror",
    relay: severalAddresses,
  },
  {
    id: "a19",
    idea: "text behind the address",
    ...ofAttacker,
    fields: `From: <any@attack.test>${admin}\r\n${sender}`,
    author: { reason: "unparsable" },
    dmarc: "permerror",
    relay: unreadable,
  },
  {
    id: "client a1",
    idea: "two From fields from an account of the service",
    ...ofAttacker,
    fields: `From: <any@attack.test>\r\n${fromAdmin}`,
    author: { reason: "several-from-fields" },
    dmarc: "permerror",
    relay: severalFields,
  },
  {
    id: "client a2",
    idea: "two addresses from an account of the service",
    ...ofAttacker,
    fields: `From: <any@attack.test>, <${admin}>\r\n${sender}`,
    author: { reason: "several-addresses" },
    dmarc: "permerror",
    relay: severalAddresses,
  },
  {
    id: "client a3",
    idea: "the address of another customer from an account of the service",
    ...ofAttacker,
    fields: fromAdmin,
    author: { domain: "legitimate.test" },
    dmarc: "fail",
    relay: notTheirs,
  },
];

/** A whole message around the fields of an attack. */
export const attackMessage = ({ fields }: Attack): string =>
  `${fields}To: <victim@example.net>\r\nSubject: invoice\r\nDate: Sun, 22 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@attack.test>\r\n\r\nPay now.\r\n`;
