// Our signatures judged by dkimpy, Mail::DKIM and OpenDKIM, theirs by us, over messages that are legal and ugly.
import { execFileSync } from "node:child_process";
import { createPublicKey, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatKeyRecord, sign, verify, type Canonicalization } from "chancery/dkim";
import { ed25519PrivateKey, octets, resolver, rsaPrivateKey } from "../../protocol/vectors/dkim/example.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chancery-dkim-peers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const canonicalizations: Canonicalization[] = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"];
const record = (privateKey: KeyObject): string => formatKeyRecord(createPublicKey(privateKey));
const keyRecords = {
  "r._domainkey.example.com": record(rsaPrivateKey),
  "e._domainkey.example.com": record(ed25519PrivateKey),
};
const rsaKey = { signingDomain: "example.com", selector: "r", privateKey: rsaPrivateKey };
const ed25519Key = { signingDomain: "example.com", selector: "e", privateKey: ed25519PrivateKey };

const plainHeader = [
  "From: Joe <joe@example.com>",
  "To: sue@example.net",
  "Subject: plain",
  "Date: Fri, 11 Jul 2003 21:00:37 -0700",
];
const withHeader = (...fields: string[]): string =>
  `${[...plainHeader.slice(0, 2), ...fields].join("\r\n")}\r\n\r\nHi.\r\n`;
const withBody = (body: string): string => `${plainHeader.join("\r\n")}\r\n\r\n${body}`;

/** Each is a message that may be sent, and that some signer or verifier has been seen to get wrong. */
const messages: Record<string, string> = {
  plain: withBody("Hi.\r\n"),
  "no body": withBody(""),
  "no empty line": `${plainHeader.join("\r\n")}\r\n`,
  "a body of one empty line": withBody("\r\n"),
  "a body of empty lines": withBody("\r\n\r\n\r\n"),
  "a body of white space": withBody(" \t\r\n \r\n"),
  "empty lines at the end": withBody("Hi.\r\n\r\n\r\n"),
  "white space lines at the end": withBody("Hi.\r\n \r\n\t\r\n"),
  "no CRLF at the end": withBody("Hi."),
  "white space at line ends": withBody("Hi. \t\r\nyou \r\n"),
  "white space at line starts": withBody("  Hi.\r\n\tyou\r\n"),
  "tabs and runs of spaces": withBody("a\tb  c \t d\r\n"),
  "empty lines inside": withBody("a\r\n\r\n\r\nb\r\n"),
  "lines of one dot": withBody(".\r\n..\r\n.a\r\n"),
  "a line From": withBody("From here\r\n>From there\r\n"),
  "a line of 998 octets": withBody(`${"x".repeat(998)}\r\n`),
  "lines of 997 octets and a space": withBody(`${"x".repeat(997)} \r\n`.repeat(3)),
  "octets that are no ASCII": withBody("caf\xe9 \xa0\r\n\xff\xfe\r\n"),
  "vertical tab and form feed": withBody("a\x0b \x0c b\r\n"),
  "a body that looks like a header": withBody("DKIM-Signature: v=1\r\nSubject: x\r\n\r\n"),
  "a large body": withBody("The quick brown fox  jumps over the lazy dog. \r\n".repeat(4000)),
  "folds in a header field": withHeader("Subject: a\r\n b\r\n\tc"),
  "folds with nothing behind them": withHeader("Subject: a\r\n  \tb   c"),
  "tabs in a header field": withHeader("Subject:\ta\t\tb"),
  "white space at the end of a header field": withHeader("Subject: a  \t"),
  "no space behind the colon": withHeader("Subject:a"),
  "an empty header field": withHeader("Subject:"),
  "a header field of white space": withHeader("Subject:   "),
  "odd case in names": withHeader("sUBJECT: a", "DATE: x", "mIME-vERSION: 1.0"),
  "colons in a value": withHeader("Subject: Re: a : b"),
  "octets that are no ASCII in a header field": withHeader("Subject: caf\xe9 \xc4"),
  "UTF-8 in a header field": withHeader("Subject: caf\xc3\xa9"),
  "a long header field": withHeader(
    `References: ${Array.from({ length: 60 }, (_, at) => `<${at}@example.com>`).join("\r\n ")}`,
  ),
  "many fields of one name": withHeader(
    ...Array.from({ length: 12 }, (_, at) => `Received: from ${at}`),
    "List-Help: a",
    "List-Help: b",
  ),
  "two Reply-To fields": withHeader("Reply-To: a@example.com", "Reply-To: b@example.com"),
  "semicolons and equals signs": withHeader("Subject: b=abc; d=example.net; bh=x"),
  "quotes and comments": withHeader('Sender: "a \\" (b" <x@example.com> (c "d)'),
  "fields that are not signed": withHeader(
    "X-Spam: yes",
    "Return-Path: <a@example.net>",
    "Authentication-Results: x; none",
  ),
  "a list": withHeader(
    "List-Unsubscribe: <https://example.com/u>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
  ),
  MIME: withHeader(
    'Content-Type: multipart/mixed; boundary="a b"',
    "MIME-Version: 1.0",
    "Content-Transfer-Encoding: 8bit",
  ),
};

/** Mail::DKIM adds no CRLF to a simple body that ends in none, against RFC 6376 §3.4.3. Transfer by SMTP adds it anyway. */
const unlikeMailDkim = (name: string): boolean => name.startsWith("no CRLF at the end");

/**
 * `opendkim -t` plays a milter: it gives its library each field as name, `: ` and value, so the simple form of a field with
 * anything but one space behind the colon is lost before it is looked at; and it wants the last line to end.
 */
const lostOnTheWayToOpenDkim = (name: string): boolean =>
  name.startsWith("no CRLF at the end") ||
  /^(tabs in a header field|no space behind the colon|an empty header field|a header field of white space), simple/.test(
    name,
  );

type Case = { name: string; file: string; text: string };

/** Each message signed with each key in each canonicalization, as a file. */
async function signedCases(algorithms: readonly ("rsa" | "ed25519")[]): Promise<Case[]> {
  const cases: Case[] = [];
  for (const [name, text] of Object.entries(messages)) {
    for (const canonicalization of canonicalizations) {
      for (const algorithm of algorithms) {
        const keys = [algorithm === "rsa" ? rsaKey : ed25519Key];
        const fields = await sign(octets(text), { keys, canonicalization, lifetimeSeconds: 86_400 });
        const signed = Buffer.concat([fields, octets(text)]);
        const file = path.join(folder, `${cases.length}-${algorithm}.eml`);
        writeFileSync(file, signed);
        cases.push({ name: `${name}, ${canonicalization}, ${algorithm}`, file, text: signed.toString("latin1") });
      }
    }
  }
  return cases;
}

/** Runs a peer; that it is not there is a failure with a name. */
function run(command: string, args: readonly string[], input: string): string {
  try {
    return execFileSync(command, args, {
      input,
      encoding: "latin1",
      maxBuffer: 1 << 28,
      stdio: ["pipe", "pipe", "pipe"],
    });
  } catch (error) {
    throw new Error(`${command} ${args[0] ?? ""} did not run: is the peer installed?`, { cause: error });
  }
}

/** Results of a peer that prints one word a line for each file; `pass` everywhere is what we want to see. */
const notPassed = (cases: readonly Case[], output: string): string[] => {
  const words = output.trim().split("\n");
  expect(words.length).toBe(cases.length);
  return cases.flatMap(({ name }, at) => (words[at] === "pass" ? [] : [`${name}: ${words[at]}`]));
};

describe("our signatures", () => {
  test("verify with dkimpy", async () => {
    const cases = await signedCases(["rsa", "ed25519"]);
    const output = run(
      "/usr/bin/python3",
      ["-c", dkimpyVerify],
      JSON.stringify({ keyRecords, files: cases.map(({ file }) => file) }),
    );
    expect(notPassed(cases, output)).toEqual([]);
  });

  test("verify with Mail::DKIM, which knows RSA alone", async () => {
    const cases = (await signedCases(["rsa"])).filter(({ name }) => !unlikeMailDkim(name));
    const output = run(
      "perl",
      ["-e", mailDkimVerify, keyRecords["r._domainkey.example.com"], ...cases.map(({ file }) => file)],
      "",
    );
    expect(notPassed(cases, output)).toEqual([]);
  });

  test("verify with OpenDKIM", async () => {
    const keys = path.join(folder, "keys");
    const conf = path.join(folder, "opendkim.conf");
    writeFileSync(
      keys,
      Object.entries(keyRecords)
        .map((entry) => `${entry.join(" ")}\n`)
        .join(""),
    );
    writeFileSync(conf, `Mode v\nTestPublicKeys ${keys}\n`);
    const cases = (await signedCases(["rsa", "ed25519"])).filter(({ name }) => !lostOnTheWayToOpenDkim(name));
    const output = run("/usr/sbin/opendkim", ["-x", conf, "-t", cases.map(({ file }) => file).join(",")], "");
    expect(notPassed(cases, output.replace(/.*\) succeeded$/gm, "pass"))).toEqual([]);
  });
});

describe("their signatures verify with us", () => {
  /** Peers get whole messages alone; what they make of a missing empty line is their affair. */
  const given = Object.entries(messages).filter(([name]) => name !== "no empty line");
  const check = async (output: string, expected: number): Promise<void> => {
    const signed = JSON.parse(output) as string[];
    expect(signed.length).toBe(expected);
    const wrong: string[] = [];
    for (const [at, base64] of signed.entries()) {
      const message = Buffer.from(base64, "base64");
      const [verification] = await verify(message, { resolveTxt: resolver(keyRecords) });
      if (verification?.result !== "pass")
        wrong.push(`${at}: ${verification?.reason}\n${message.toString("latin1").slice(0, 600)}`);
    }
    expect(wrong).toEqual([]);
  };
  const fileOf = ([name, text]: [string, string]): string => {
    const file = path.join(folder, `unsigned ${name}.eml`);
    writeFileSync(file, octets(text));
    return file;
  };
  const pem = rsaPrivateKey.export({ type: "pkcs1", format: "pem" }) as string;

  test("dkimpy's", async () => {
    const seed = Buffer.from(ed25519PrivateKey.export({ format: "jwk" })["d"] as string, "base64url").toString(
      "base64",
    );
    const files = given.map(fileOf);
    await check(run("/usr/bin/python3", ["-c", dkimpySign], JSON.stringify({ files, pem, seed })), files.length * 8);
  });

  test("Mail::DKIM's", async () => {
    const files = given.filter(([name]) => !unlikeMailDkim(name)).map(fileOf);
    await check(run("perl", ["-e", mailDkimSign, pem.replace(/-----.*-----|\n/g, ""), ...files], ""), files.length * 4);
  });
});

const dkimpyVerify = `
import dkim, json, sys
given = json.load(sys.stdin)
def lookup(name, timeout=5):
    return given["keyRecords"].get(name.decode().rstrip("."), "").encode() or None
for file in given["files"]:
    try:
        print("pass" if dkim.DKIM(open(file, "rb").read()).verify(0, dnsfunc=lookup) else "fail")
    except Exception as error:
        print(repr(error))
`;

const dkimpySign = `
import dkim, json, sys, base64
given = json.load(sys.stdin)
out = []
for file in given["files"]:
    message = open(file, "rb").read()
    for header in (b"simple", b"relaxed"):
        for body in (b"simple", b"relaxed"):
            for selector, key, algorithm in ((b"r", given["pem"], b"rsa-sha256"), (b"e", given["seed"], b"ed25519-sha256")):
                field = dkim.DKIM(message, signature_algorithm=algorithm).sign(selector, b"example.com", key.encode(), canonicalize=(header, body))
                out.append(base64.b64encode(field + message).decode())
print(json.dumps(out))
`;

const mailDkimVerify = `
use Mail::DKIM::Verifier; use Net::DNS;
my $record = shift @ARGV;
no warnings "redefine";
*Mail::DKIM::DNS::query = sub { Net::DNS::RR->new(owner => $_[0], type => "TXT", txtdata => [$record =~ /(.{1,255})/g]) };
for my $file (@ARGV) {
  local $/; open(my $in, "<:raw", $file) or die; my $text = <$in>;
  my $verifier = Mail::DKIM::Verifier->new; $verifier->PRINT($text); $verifier->CLOSE;
  print $verifier->result_detail =~ /^pass/ ? "pass" : $verifier->result_detail, "\\n";
}
`;

const mailDkimSign = `
use Mail::DKIM::Signer; use Mail::DKIM::PrivateKey; use MIME::Base64; use JSON::PP;
my $key = Mail::DKIM::PrivateKey->load(Data => shift @ARGV);
my @out;
for my $file (@ARGV) {
  local $/; open(my $in, "<:raw", $file) or die; my $text = <$in>;
  for my $method ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed") {
    my $signer = Mail::DKIM::Signer->new(Algorithm => "rsa-sha256", Method => $method, Domain => "example.com", Selector => "r", Key => $key);
    $signer->PRINT($text); $signer->CLOSE;
    push @out, encode_base64($signer->signature->as_string . "\\r\\n" . $text, "");
  }
}
print encode_json(\\@out);
`;
