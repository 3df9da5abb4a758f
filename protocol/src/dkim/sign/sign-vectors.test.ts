import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ed25519PrivateKey, octets, rsaPrivateKey } from "../../../vectors/dkim/example.ts";
import { octetText } from "../../mail/octets.ts";
import { CannotSign } from "./cannot-sign.ts";
import { sign, type SignOptions } from "./sign.ts";
import type { Canonicalization } from "../signature/signature.ts";
import type { SigningKey } from "./signing-key.ts";

const folder = new URL("../../../vectors/dkim-sign/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

type Vector = { about: string; options: SignOptions; fields: string; refused: string | undefined; message: string };

function read(file: string): Vector {
  const text = readFileSync(new URL(file, folder), "latin1");
  const [head, rest] = cutAtEmptyLine(text);
  const value = (name: string): string | undefined => new RegExp(`^${name} (.*)$`, "m").exec(head)?.[1];
  const refused = value("refused");
  const [fields, message] = refused === undefined ? cutAtEmptyLine(rest) : ["", rest];
  const now = value("now");
  const lifetime = value("lifetimeSeconds");
  return {
    about: decoded(value("about")) ?? "",
    options: {
      keys: [...head.matchAll(/^key (.*)$/gm)].map(([, line = ""]) => keyOf(decoded(line)!)),
      now: now === "none" ? null : Number(now),
      lifetimeSeconds: lifetime === undefined ? undefined : Number(lifetime),
      canonicalization: value("canonicalization") as Canonicalization | undefined,
      identity: value("identity"),
      headers: value("headers")?.split(":"),
    },
    fields: fields.replaceAll("\n", "\r\n"),
    refused,
    message: message.replaceAll("\n", "\r\n"),
  };
}

const cutAtEmptyLine = (text: string): [string, string] => {
  const end = text.indexOf("\n\n");
  return [text.slice(0, end + 1), text.slice(end + 2)];
};

const decoded = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text, "latin1").toString("utf8");

function keyOf(line: string): SigningKey {
  const [type, signingDomain = "", selector = ""] = line.split(" ");
  return { signingDomain, selector, privateKey: type === "rsa" ? rsaPrivateKey : ed25519PrivateKey };
}

const vectors = files.map((file) => ({ file, ...read(file) }));

describe("every vector is signed octet for octet, or refused", () => {
  test.each(vectors)("$file: $about", async ({ options, fields, refused, message }) => {
    const outcome = await sign(octets(message), options).then(octetText, (error: unknown) => {
      if (error instanceof CannotSign) return { refused: error.code };
      throw error;
    });
    expect(outcome).toEqual(refused === undefined ? fields : { refused });
  });

  test("every vector says what it is about, and cites the standard", () => {
    expect(vectors.filter(({ about }) => !/^(?:DKIM-[SV]-\d+ ?)+, RFC \d+ /.test(about))).toEqual([]);
    expect(vectors.length).toBeGreaterThan(30);
  });
});
