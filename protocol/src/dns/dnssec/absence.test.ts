import { describe, expect, test } from "vitest";
import { proveAbsence } from "./absence.ts";
import { toBase32hex } from "../record/base32hex.ts";
import type { Denial, Denied } from "./denial.ts";
import { nsec3Hash } from "./nsec3.ts";
import { newWorkBudget } from "./state.ts";
import { recordsOf } from "./test-records.ts";
import { TYPE, type ResourceRecord } from "../record/record.ts";

const absent: Denial = { proof: "complete", name: "absent", cut: false };
const exists: Denial = { proof: "complete", name: "exists", cut: false };
const cut: Denial = { proof: "complete", name: "exists", cut: true };
const optOut: Denial = { proof: "opt-out" };
const incomplete: Denial = { proof: "incomplete" };
const denied = (name: string, type: keyof typeof TYPE, closestEncloser?: string): Denied => ({
  name,
  type: TYPE[type],
  ...(closestEncloser === undefined ? {} : { closestEncloser }),
});
const prove = (what: Denied, records: readonly ResourceRecord[]): Denial =>
  proveAbsence(what, "example", records, newWorkBudget());

/** The NSEC records of RFC 4035 appendix A. */
const chain = recordsOf(`@ NSEC a NS SOA MX RRSIG NSEC DNSKEY
  a NSEC ai NS DS RRSIG NSEC
  ai NSEC b A HINFO AAAA RRSIG NSEC
  b NSEC ns1 NS RRSIG NSEC
  ns1 NSEC ns2 A RRSIG NSEC
  ns2 NSEC *.w A RRSIG NSEC
  *.w NSEC x.w MX RRSIG NSEC
  x.w NSEC x.y.w MX RRSIG NSEC
  x.y.w NSEC xx MX RRSIG NSEC
  xx NSEC @ A HINFO AAAA RRSIG NSEC`);
const nsecs = (...owners: string[]): ResourceRecord[] =>
  chain.filter(({ name }) => owners.some((owner) => name === (owner === "@" ? "example" : `${owner}.example`)));

describe("RES-13 NSEC proofs", () => {
  const rows: [what: string, denied: Denied, records: ResourceRecord[], expected: Denial][] = [
    ["RFC 4035 §B.2 no such name", denied("ml.example", "A"), nsecs("b", "@"), absent],
    ["no such name without the denial of the wildcard", denied("ml.example", "A"), nsecs("b"), incomplete],
    ["RFC 4035 §B.3 no such type", denied("ns1.example", "MX"), nsecs("ns1"), exists],
    ["a type that is there", denied("ns1.example", "A"), nsecs("ns1"), incomplete],
    ["RFC 4035 §B.5 no DS at a cut", denied("b.example", "DS"), nsecs("b"), cut],
    ["a cut says nothing of the types below it", denied("b.example", "TXT"), nsecs("b"), incomplete],
    ["a cut says nothing of the names below it", denied("x.b.example", "TXT"), nsecs("b", "@"), incomplete],
    ["no DS where there is no cut", denied("ai.example", "DS"), nsecs("ai"), exists],
    [
      "RFC 4035 §B.6 no closer name than the wildcard",
      denied("a.z.w.example", "MX", "w.example"),
      nsecs("x.y.w"),
      absent,
    ],
    ["a closer name exists", denied("a.y.w.example", "MX", "w.example"), nsecs("x.w"), incomplete],
    ["RFC 4035 §B.7 no such type at the wildcard", denied("a.z.w.example", "AAAA"), nsecs("x.y.w", "*.w"), exists],
    ["a type that the wildcard has", denied("a.z.w.example", "MX"), nsecs("x.y.w", "*.w"), incomplete],
    ["RFC 4035 §B.8 no DS by the child's word", denied("example", "DS"), nsecs("@"), incomplete],
    ["an empty non-terminal", denied("y.w.example", "TXT"), nsecs("x.w"), exists],
    ["the last name of the zone", denied("zz.example", "TXT"), nsecs("xx", "@"), absent],
    ["a name outside of the zone", denied("zz.test", "TXT"), nsecs("xx", "@"), incomplete],
    ["nothing", denied("ml.example", "A"), [], incomplete],
    [
      "DMARC-T-10 a name that does not exist, denied in the compact way (RFC 9824 §2)",
      denied("no.example", "TXT"),
      recordsOf(String.raw`no NSEC \000.no RRSIG NSEC NXNAME`),
      absent,
    ],
    [
      "a type at a name, denied in the compact way",
      denied("yes.example", "TXT"),
      recordsOf(String.raw`yes NSEC \000.yes A RRSIG NSEC`),
      exists,
    ],
    [
      "an empty non-terminal, denied in the compact way",
      denied("ent.example", "TXT"),
      recordsOf(String.raw`ent NSEC \000.ent RRSIG NSEC`),
      exists,
    ],
    ["an alias where a type is denied", denied("c.example", "TXT"), recordsOf("c NSEC d CNAME RRSIG NSEC"), incomplete],
    [
      "what a DNAME leads away (RFC 6672 §5.3.4.1)",
      denied("a.d.example", "TXT"),
      recordsOf("d NSEC e DNAME RRSIG NSEC\n@ NSEC d SOA NS RRSIG NSEC"),
      incomplete,
    ],
  ];
  test.each(rows)("%s", (_, what, records, expected) => expect(prove(what, records)).toEqual(expected));
});

/** The NSEC3 records of RFC 5155 appendix A, where every one is opt-out. */
const hashed = `0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG
  2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG
  2vptu5timamqttgl4luu9kg21e0aor3s NSEC3 1 1 12 aabbccdd 35mthgpgcu1qg68fab165klnsnk3dpvl MX RRSIG
  35mthgpgcu1qg68fab165klnsnk3dpvl NSEC3 1 1 12 aabbccdd b4um86eghhds6nea196smvmlo4ors995 NS DS RRSIG
  b4um86eghhds6nea196smvmlo4ors995 NSEC3 1 1 12 aabbccdd gjeqe526plbf1g8mklp59enfd789njgi MX RRSIG
  gjeqe526plbf1g8mklp59enfd789njgi NSEC3 1 1 12 aabbccdd ji6neoaepv8b5o6k4ev33abha8ht9fgc HINFO A AAAA RRSIG
  ji6neoaepv8b5o6k4ev33abha8ht9fgc NSEC3 1 1 12 aabbccdd k8udemvp1j2f7eg6jebps17vp3n8i58h
  k8udemvp1j2f7eg6jebps17vp3n8i58h NSEC3 1 1 12 aabbccdd kohar7mbb8dc2ce8a9qvl8hon4k53uhi
  kohar7mbb8dc2ce8a9qvl8hon4k53uhi NSEC3 1 1 12 aabbccdd q04jkcevqvmu85r014c7dkba38o0ji5r A RRSIG
  q04jkcevqvmu85r014c7dkba38o0ji5r NSEC3 1 1 12 aabbccdd r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG
  r53bq7cc2uvmubfu5ocmm6pers9tk9en NSEC3 1 1 12 aabbccdd t644ebqk9bibcna874givr6joj62mlhv MX RRSIG
  t644ebqk9bibcna874givr6joj62mlhv NSEC3 1 1 12 aabbccdd 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom HINFO A AAAA RRSIG`;
const nsec3s = (text: string, ...starts: string[]): ResourceRecord[] =>
  recordsOf(text).filter(({ name }) => starts.some((start) => name.startsWith(start)));
const plain = hashed.replaceAll(" 1 1 12 ", " 1 0 12 ");

describe("RES-13 NSEC3 proofs", () => {
  const hashes: [name: string, hash: string][] = [
    ["example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"],
    ["*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"],
    ["x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s"],
  ];
  test.each(hashes)("RFC 5155 appendix A: the hash of %s", (name, hash) => {
    const octets = nsec3Hash(name, { salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd), iterations: 12 });
    expect(toBase32hex(octets)).toBe(hash);
  });

  const nameError = ["0p9", "b4u", "35m"];
  const rows: [what: string, denied: Denied, records: ResourceRecord[], expected: Denial][] = [
    ["RFC 5155 §B.1 no such name, under opt-out", denied("a.c.x.w.example", "A"), nsec3s(hashed, ...nameError), optOut],
    ["RFC 5155 §B.1 no such name", denied("a.c.x.w.example", "A"), nsec3s(plain, ...nameError), absent],
    ["no such name without the closest encloser", denied("a.c.x.w.example", "A"), nsec3s(plain, "35m"), incomplete],
    ["no such name without the wildcard", denied("a.c.x.w.example", "A"), nsec3s(plain, "0p9", "b4u"), incomplete],
    ["RFC 5155 §B.2 no such type", denied("ns1.example", "MX"), nsec3s(hashed, "2t7"), exists],
    ["a type that is there", denied("ns1.example", "A"), nsec3s(hashed, "2t7"), incomplete],
    ["RFC 5155 §B.2.1 an empty non-terminal", denied("y.w.example", "A"), nsec3s(hashed, "ji6"), exists],
    ["RFC 5155 §B.3 a cut under opt-out", denied("c.example", "DS"), nsec3s(hashed, "0p9", "35m"), optOut],
    ["no DS without opt-out", denied("c.example", "DS"), nsec3s(plain, "35m", "0p9"), incomplete],
    [
      "RFC 5155 §B.4 no closer name than the wildcard, under opt-out",
      denied("a.z.w.example", "MX", "w.example"),
      nsec3s(hashed, "q04"),
      optOut,
    ],
    ["RFC 5155 §B.4 no closer name", denied("a.z.w.example", "MX", "w.example"), nsec3s(plain, "q04"), absent],
    ["no denial of a closer name", denied("a.z.w.example", "MX", "w.example"), nsec3s(plain, "r53"), incomplete],
    [
      "RFC 5155 §B.5 no such type at the wildcard",
      denied("a.z.w.example", "AAAA"),
      nsec3s(plain, "k8u", "q04", "r53"),
      exists,
    ],
    ["a type that the wildcard has", denied("a.z.w.example", "MX"), nsec3s(plain, "k8u", "q04", "r53"), incomplete],
    ["RFC 5155 §B.6 no DS by the child's word", denied("example", "DS"), nsec3s(hashed, "0p9"), incomplete],
    ["a cut says nothing of the names below it", denied("x.a.example", "TXT"), nsec3s(plain, "35m", "t64"), incomplete],
    [
      "records of another salt beside",
      denied("ns1.example", "MX"),
      nsec3s(`${hashed}\n2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s A`, "2t7"),
      exists,
    ],
    [
      "100 iterations",
      denied("example", "TXT"),
      recordsOf(
        `${toBase32hex(nsec3Hash("example", { salt: new Uint8Array(0), iterations: 100 }))} NSEC3 1 0 100 - ${"0".repeat(32)} SOA NS`,
      ),
      exists,
    ],
    [
      "101 iterations make it insecure",
      denied("ns1.example", "MX"),
      nsec3s(plain.replaceAll(" 12 ", " 101 "), "2t7"),
      { proof: "iterations-insecure" },
    ],
    [
      "501 are refused",
      denied("ns1.example", "MX"),
      nsec3s(plain.replaceAll(" 12 ", " 501 "), "2t7"),
      { proof: "iterations-refused" },
    ],
    [
      "an unknown hash algorithm is ignored",
      denied("ns1.example", "MX"),
      nsec3s(plain.replaceAll("NSEC3 1 ", "NSEC3 2 "), "2t7"),
      incomplete,
    ],
  ];
  test.each(rows)("%s", (_, what, records, expected) => expect(prove(what, records)).toEqual(expected));

  test("R-51 the hashes for one name are limited (CVE-2023-50868)", () => {
    const records = nsec3s(plain.replaceAll(" 12 ", " 100 "), "2t7");
    const budget = newWorkBudget();
    const name = `${"a.".repeat(115)}example`;
    expect(proveAbsence(denied(name, "TXT"), "example", records, budget)).toEqual({ proof: "too-much-work" });
  });
});
