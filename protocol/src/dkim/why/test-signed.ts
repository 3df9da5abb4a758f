// For tests: messages that were signed and then changed, and what is said of them.
import { forge, keyRecords, now, octets, resolver, rsaKey, signatureTemplate } from "../../../vectors/dkim/example.ts";
import { sign, type SignOptions } from "../sign/sign.ts";
import { verify } from "../verify/verify.ts";
import { explainFailures, type Explanation } from "./explain.ts";

export const resolveTxt = resolver(keyRecords);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
export const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");

export const header = lines(
  "From: Ann Author <ann@example.com>",
  "To: Bob <bob@example.net>, carol@example.net",
  "Subject: Dinner on Friday",
  "Date: Fri, 01 Jul 2022 10:52:37 +0000",
  "Message-ID: <1@example.com>",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
);
export const body = lines(
  "Dear Bob,",
  "",
  "the caf\xc3\xa9 at eight?",
  "From there we walk.",
  ".. and back.",
  "",
  "-- ",
  "Ann",
);
export const plain = `${header}\r\n${body}`;

/** The message with a signature on top; lines that `sign` would refuse make no difference here. */
export async function signed(message: string, options: Partial<SignOptions> = {}): Promise<string> {
  if (/[^\r\n]{999}/.test(message)) {
    const cut = message.indexOf("\r\n\r\n");
    return forge(signatureTemplate(), { header: message.slice(0, cut + 2), body: message.slice(cut + 4) }) + message;
  }
  return text(await sign(octets(message), { keys: [rsaKey], now, ...options })) + message;
}

export async function explain(message: string): Promise<(Explanation | undefined)[]> {
  const verifications = await verify(octets(message), { resolveTxt, now });
  return explainFailures(octets(message), verifications, { resolveTxt });
}
/** The kinds of change that are named, with the field. */
export async function named(message: string): Promise<string[]> {
  const [explanation] = await explain(message);
  return explanation!.changes.map(({ kind, field }) => (field === undefined ? kind : `${kind} ${field}`));
}

export type Row = {
  is: string;
  change: (message: string) => string;
  named: string[];
  message?: string;
  options?: Partial<SignOptions>;
};
/** Applied to what stands below the header, or to one field. */
export const inBody =
  (change: (body: string) => string) =>
  (message: string): string => {
    const cut = message.indexOf("\r\n\r\n") + 4;
    return message.slice(0, cut) + change(message.slice(cut));
  };
export const simple = { canonicalization: "simple/simple" } as const;

/** One field with another value; a field above From. */
export const field = (name: string, value: string) => (message: string) =>
  message.replace(new RegExp(`(?<=^|\r\n)${name}: [^\r\n]*(?:\r\n[ \t][^\r\n]*)*`), `${name}: ${value}`);
export const above = (line: string) => (message: string) => message.replace(/(?<=^|\r\n)From: /, `${line}\r\nFrom: `);
