import * as fc from "fast-check";
import { expect, test } from "vitest";
import { apex, arbitraryName, arbitraryRecords, arbitraryType } from "./dnssec/test-arbitrary-zone.ts";
import { signZone } from "./dnssec/sign-zone.ts";
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
} from "./dnssec/test-zones.ts";
import { typeName } from "./record.ts";

const signing = signingWith(newKey(15, "keys"), newKey(15, "zone"));

test("DNS-E-02 DNS-E-14 every answer of any zone signed as a whole is the plain one with proofs that hold", () => {
  const questions = fc.array(fc.tuple(arbitraryName, arbitraryType), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(arbitraryRecords, questions, (records, asked) => {
      const plainZone = zoneOf(apex, [...records, ...dnskeyRecords(apex, signing)]);
      const zone = zoneOf(apex, signZone(records, signing, now));
      expect(zone.warnings).toEqual([]);
      for (const [name, type] of asked) {
        const plain = ask([plainZone], { name, type, dnssecOk: false });
        const proven = ask([zone], { name, type });
        const told = [typeName(type), name, "of", ...records.map(showRecord), "is", ...proven.answers.map(showRecord)];
        const said = [...told, "beside", ...proven.authority.map(showRecord)].join("\n");
        expect(proofProblem({ name, type }, proven, plain, apex, published(signing)), said).toBeUndefined();
        expect(withoutProof(proven), said).toEqual(withoutProof(plain));
        expect(proven.rcode, said).toBe(plain.rcode);
      }
    }),
    { numRuns: 100 },
  );
});
