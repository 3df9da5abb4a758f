import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BodyHasher } from "./body-hash.ts";
import type { CanonicalizationName } from "./canonicalize-header.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("base64");
/** More than are held back. */
const manyLines = "\r\n".repeat(200_000);

function hashOf(canonicalization: CanonicalizationName, body: string, chunk: number, octetsMax?: number) {
  const hasher = new BodyHasher();
  const result = hasher.add({ canonicalization, octetsMax });
  const octets = Buffer.from(body, "latin1");
  for (let at = 0; at < octets.length; at += chunk) hasher.update(octets.subarray(at, at + chunk));
  hasher.finish();
  return result();
}

describe.each<CanonicalizationName>(["simple", "relaxed"])(
  "DKIM-V-60 DKIM-V-61 empty lines past counting, %s",
  (name) => {
    const empty = name === "simple" ? "\r\n" : "";
    const bodies: [title: string, body: string, canonical: string][] = [
      ["at the end are dropped", `a\r\n${manyLines}`, "a\r\n"],
      ["alone are an empty body", manyLines, empty],
      ["before something stand", `a\r\n${manyLines}b\r\n`, `a\r\n${manyLines}b\r\n`],
      ["twice, the last of them dropped", `${manyLines}b${manyLines}`, `${manyLines}b\r\n`],
      ["with a CR behind them stand", `a${manyLines}\r`, `a${manyLines}\r\r\n`],
    ];
    test.each(bodies)("%s", (_title, body, canonical) => {
      for (const chunk of [1021, 65_536, body.length])
        expect(hashOf(name, body, chunk)).toEqual({ digest: sha256(canonical), canonicalOctets: canonical.length });
    });
    test("DKIM-V-67 l= may end among them", () => {
      const hashed = hashOf(name, `a${manyLines}b`, 4096, 301);
      expect(hashed).toEqual({ digest: sha256(`a${"\r\n".repeat(150)}`), canonicalOctets: 4 + manyLines.length });
      expect(hashOf(name, `a${manyLines}`, 4096, 301)).toEqual({ digest: sha256("a\r\n"), canonicalOctets: 3 });
    });
  },
);
