import * as fc from "fast-check";
import { expect, test } from "vitest";
import { apex, arbitraryName, arbitraryRecords, arbitraryType } from "../../dnssec/test-arbitrary-zone.ts";
import { signZone } from "../../dnssec/sign-zone.ts";
import {
  ask,
  dnskeyRecords,
  newKey,
  now,
  proofProblem,
  published,
  showRecord,
  signingWith,
  withoutProof,
  zoneOf,
} from "../../dnssec/test-zones.ts";
import { isAtOrBelow, parentName } from "../../name/name.ts";
import { TYPE, typeName, type ResourceRecord } from "../../record/record.ts";
import { buildZone } from "../../zone/zone.ts";
import { toBase32hex } from "../../record/base32hex.ts";
import { nsec3Hash, type Nsec3Hashing } from "../../dnssec/nsec3.ts";
import { signedNames, type RecordsOfType } from "../../dnssec/signed-names.ts";
import { recordsOf } from "../../dnssec/test-records.ts";
import { typeBitmap } from "../../record/type-bitmap.ts";
import { signatureSpan, signRrset, signsType } from "../../dnssec/zone-signing.ts";

const signing = signingWith(newKey(15, "keys"), newKey(15, "zone"));

/** As others sign, with hashes of names (RFC 5155 §7.1): without opt-out, all empty non-terminals in the chain. */
function signByHashes(records: ResourceRecord[], hashing: Nsec3Hashing): ResourceRecord[] {
  const parameters = Uint8Array.of(1, 0, 0, hashing.iterations, hashing.salt.length, ...hashing.salt);
  const parametersRecord = { name: apex, type: TYPE.NSEC3PARAM, ttl: 0, data: parameters };
  const { names } = signedNames(
    records,
    signing.keys.map(({ dnskey }) => dnskey),
  );
  const types = new Map<string, number[]>();
  const made: ResourceRecord[] = [];
  for (const { name, signed, unsigned } of names) {
    for (const set of unsigned.values()) made.push(...set);
    if (!signed.delete(TYPE.NSEC)) continue;
    if (name === apex) signed.set(TYPE.NSEC3PARAM, [parametersRecord]);
    for (const set of signed.values()) made.push(...set, ...signatures(set));
    const listed = [...signed.keys(), ...(unsigned.has(TYPE.NS) ? [TYPE.NS] : [])];
    types.set(name, signed.size > 0 ? [...listed, TYPE.RRSIG] : listed);
    for (let above = parentName(name); above !== undefined && isAtOrBelow(above, apex); above = parentName(above))
      if (!types.has(above)) types.set(above, []);
  }
  const chain = [...types].map(([name, listed]) => ({ hash: nsec3Hash(name, hashing), listed }));
  chain.sort((one, other) => Buffer.compare(one.hash, other.hash));
  for (const [index, { hash, listed }] of chain.entries()) {
    const next = (chain[index + 1] ?? chain[0])?.hash ?? hash;
    const data = Uint8Array.from([...parameters, next.length, ...next, ...typeBitmap(listed)]);
    const nsec3 = { name: `${toBase32hex(hash)}.${apex}`, type: TYPE.NSEC3, ttl: 300, data };
    made.push(nsec3, ...signatures([nsec3]));
  }
  return made;
}

const signatures = (set: RecordsOfType): ResourceRecord[] =>
  signing.keys
    .filter((key) => signsType(key, set[0].type))
    .map((key) => signRrset(set, apex, key, signatureSpan(signing, 0, now)));

const ways: [string, (records: ResourceRecord[]) => ResourceRecord[]][] = [
  ["with NSEC records", (records) => signZone(records, signing, now)],
  ["with NSEC3 records", (records) => signByHashes(records, { iterations: 0, salt: new Uint8Array(0) })],
  ["with salted NSEC3 records", (records) => signByHashes(records, { iterations: 3, salt: Uint8Array.of(1, 2) })],
];

test.each(ways)(
  "DNS-E-02 DNS-E-14 every answer of any zone signed as a whole %s is the plain one with proofs that hold",
  (_, sign) => {
    const questions = fc.array(fc.tuple(arbitraryName, arbitraryType), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(arbitraryRecords, questions, (records, asked) => {
        const plainZone = zoneOf(apex, [...records, ...dnskeyRecords(apex, signing)]);
        const zone = zoneOf(apex, sign(records));
        expect(zone.warnings).toEqual([]);
        for (const [name, type] of asked) {
          const plain = ask([plainZone], { name, type, dnssecOk: false });
          const proven = ask([zone], { name, type });
          const told = [
            typeName(type),
            name,
            "of",
            ...records.map(showRecord),
            "is",
            ...proven.answers.map(showRecord),
          ];
          const said = [...told, "beside", ...proven.authority.map(showRecord)].join("\n");
          expect(proofProblem({ name, type }, proven, plain, apex, published(signing)), said).toBeUndefined();
          expect(withoutProof(proven), said).toEqual(withoutProof(plain));
          expect(proven.rcode, said).toBe(plain.rcode);
        }
      }),
      { numRuns: 30 },
    );
  },
);

test("NSEC3 with so many iterations that nobody believes it is refused, with the reason", () => {
  const records = recordsOf("@ 60 SOA a b 1 2 3 4 5\n@ 0 NSEC3PARAM 1 0 101 -");
  expect(buildZone(apex, records)).toMatchObject({
    ok: false,
    problem: "example: NSEC3 with more than 100 iterations",
  });
  expect(buildZone(apex, recordsOf("@ 60 SOA a b 1 2 3 4 5\n@ 0 NSEC3PARAM 1 0 100 -")).ok).toBe(true);
});
