import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendKeyFact } from "../engine/database/key-facts.ts";
import { transact } from "../engine/database/transact.ts";
import { markDomainReleased } from "../engine/database/domains.ts";
import { freshDatabase } from "../engine/database/fresh.fixture.ts";
import { canonicalJson } from "../model/rolls/canonical.ts";
import { disclosedLine } from "../model/rolls/read-export.ts";
import { verifyExport, type RollsVerdict } from "../model/rolls/verify-export.ts";
import { contains, request, type Stage, stageOf } from "../service/lifecycle/lifecycle.fixture.ts";
import { exportRolls } from "../service/rolls/export.ts";

let stage: Stage;
let exported: Buffer;
let earlier: Buffer;

/** The rolls of the stage's domain as `rolls export` writes them. */
async function rollsOf({ db, tenantId, claim, controller, wallSeconds }: Stage, limit = 7): Promise<Buffer> {
  const { kek } = controller().deps;
  const all: string[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const asked: { lines: string[]; next: number | undefined } = await exportRolls(
      { db, kek, now: wallSeconds },
      { tenantId, name: claim.domain },
      { after, limit },
    );
    all.push(...asked.lines);
    after = asked.next;
  }
  return Buffer.from(all.map((line) => `${line}\n`).join(""));
}

const codes = (verdict: RollsVerdict): string[] =>
  verdict.verdict === "unreadable" ? [verdict.problem] : verdict.violations.map(({ code }) => code);

beforeAll(async () => {
  stage = await stageOf(await freshDatabase());
  stage.publishAll();
  const controller = stage.controller();
  await stage.run(controller, contains("s4 active, s5 ready"));
  earlier = await rollsOf(stage);
  await request(stage);
  await stage.run(controller, contains("s4 destroyed"));
  exported = await rollsOf(stage);
});
afterAll(async () => {
  await stage.close();
});

const linesOf = (octets: Buffer): string[] => octets.toString().split("\n").slice(0, -1);
const written = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(""));

describe("the rolls of a domain", () => {
  test("tell a key's whole life, and keep every rule", () => {
    const verdict = verifyExport(exported, { earlier });
    expect(codes(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ verdict: "sound", domain: "customer.example", keys: 3, unknownKinds: [] });
    const kinds = linesOf(exported).flatMap((line) => {
      const { kind, about } = JSON.parse(line) as { kind?: string; about?: string };
      return kind === undefined ? [] : [about === "claim" ? `claim ${kind}` : kind];
    });
    expect(kinds.slice(0, 4)).toEqual(["claim begun", "claim verified", "generated", "publishing"]);
    expect(kinds).toEqual(
      expect.arrayContaining(["confirmed", "ready", "activated", "stopped", "withdrawn", "destroyed"]),
    );
    const confirmed = linesOf(exported)
      .map((line) => JSON.parse(line) as { kind?: string; evidence?: object })
      .find(({ kind }) => kind === "confirmed");
    expect(confirmed?.evidence, "seen by whom").toMatchObject({
      addresses: expect.arrayContaining(["192.0.2.1", "192.0.2.2"]),
    });
  });

  test("hold no private half, and nothing that opens one", async () => {
    const sealed = await stage.db.selectFrom("keys").select("sealed").where("sealed", "is not", null).execute();
    expect(sealed.length).toBeGreaterThan(0);
    expect(exported.toString()).not.toMatch(/sealed|wrapped|PRIVATE|privateKey/);
  });

  test("come in pages that make the same chain", async () => {
    const whole = linesOf(await rollsOf(stage, 1000));
    expect(linesOf(exported).slice(0, -1)).toEqual(whole.slice(0, -1));
  });
});

describe("I-13 a fact and its entry are one transaction", () => {
  test("what is rolled back leaves neither", async () => {
    const { id } = await stage.db.selectFrom("keys").select("id").executeTakeFirstOrThrow();
    const count = async (): Promise<number[]> => [
      (await stage.db.selectFrom("keyFacts").select("seq").execute()).length,
      (await stage.db.selectFrom("rolls").select("seq").execute()).length,
    ];
    const before = await count();
    const killed = transact(stage.db, async (trx) => {
      await appendKeyFact(trx, { keyId: id, kind: "ready", evidence: {}, at: 1, trustedMs: 1 });
      throw new Error("killed");
    });
    await expect(killed).rejects.toThrow("killed");
    expect(await count()).toEqual(before);
  });

  test("every fact has its entry, in the order of the facts", async () => {
    const facts = await stage.db.selectFrom("keyFacts").selectAll().orderBy("keyId").orderBy("seq").execute();
    const entries = linesOf(exported).map((line) => JSON.parse(line) as { about?: string; kind: string });
    for (const keyId of new Set(facts.map((fact) => fact.keyId)))
      expect(entries.filter(({ about }) => about === keyId).map(({ kind }) => kind)).toEqual(
        facts.filter((fact) => fact.keyId === keyId).map(({ kind }) => kind),
      );
  });
});

test("a domain that is older than its rolls gets them from its facts, once", async () => {
  const old = await stageOf(await freshDatabase());
  old.publishAll();
  const controller = old.controller();
  await old.run(controller, contains("s4 active"));
  await old.db.deleteFrom("rolls").execute();
  await old.run(controller, contains("s5 ready"));
  await transact(old.db, (trx) => markDomainReleased(trx, old.tenantId, old.domainId, old.wallSeconds()));
  const rolls = await rollsOf(old);
  expect(codes(verifyExport(rolls))).toEqual([]);
  const kinds = linesOf(rolls).map((line) => (JSON.parse(line) as { kind?: string }).kind);
  expect(kinds.filter((kind) => kind === "generated")).toHaveLength(2);
  expect(kinds.filter((kind) => kind === "verified")).toHaveLength(1);
  expect(kinds.at(-2), "the rolls of a released claim can still be had").toBe("released");
  await old.close();
});

describe("what is changed afterwards is noticed", () => {
  test("any single octet", () => {
    fc.assert(
      fc.property(fc.nat(exported.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(exported);
        changed[at] = changed[at]! ^ by;
        expect(verifyExport(changed).verdict).not.toBe("sound");
      }),
      { numRuns: 400 },
    );
  });

  test("an entry taken out, put elsewhere or put twice, and a cut at any place", () => {
    const lines = linesOf(exported);
    for (let at = 0; at < lines.length; at++) {
      expect(verifyExport(written(lines.toSpliced(at, 1))).verdict, `without line ${at + 1}`).toBe("violated");
      expect(verifyExport(written(lines.toSpliced(at, 0, lines[at]!))).verdict, `line ${at + 1} twice`).toBe(
        "violated",
      );
      expect(verifyExport(written(lines.slice(0, at))).verdict, `cut before line ${at + 1}`).toBe("violated");
      if (at + 1 < lines.length) {
        const swapped = lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!);
        expect(verifyExport(written(swapped)).verdict, `lines ${at + 1} and ${at + 2} swapped`).toBe("violated");
      }
    }
    expect(verifyExport(exported.subarray(0, -1)).verdict).toBe("violated");
    expect(verifyExport(written([...lines, ""])).verdict).toBe("violated");
  });

  test("octets behind the key that signed, and another spelling of it", () => {
    const lines = linesOf(exported);
    const signed = JSON.parse(lines.at(-1)!) as { publicKey: string };
    const key = Buffer.from(signed.publicKey, "base64");
    const unusedBits = Buffer.from(key);
    unusedBits[11] = 1; // of the BIT STRING that holds the key
    for (const other of [Buffer.concat([key, Buffer.from("A")]), unusedBits]) {
      const line = canonicalJson({ ...signed, publicKey: other.toString("base64") })!;
      expect(codes(verifyExport(written([...lines.slice(0, -1), line])))).toEqual(["end"]);
    }
  });

  test("a word put beside what is signed, on any line, and beside a private half", () => {
    const lines = linesOf(exported);
    const wordier = (line: string): string => canonicalJson({ ...(JSON.parse(line) as object), zeal: "a word" })!;
    for (const [at, line] of lines.entries())
      expect(verifyExport(written(lines.with(at, wordier(line)))).verdict, `line ${at + 1}`).toBe("violated");
    const half = wordier(disclosedLine({ key: "key_1", privateKey: "AAAA" }));
    expect(codes(verifyExport(written(lines.toSpliced(-1, 0, half))))).toEqual(["not-as-written"]);
  });

  test("a chain that somebody else wrote again and signed: it does not continue what was exported before", async () => {
    const other = await stageOf(await freshDatabase());
    other.publishAll();
    await other.run(other.controller(), contains("s4 active"));
    const forged = await rollsOf(other);
    expect(verifyExport(forged).verdict, "by itself it is sound").toBe("sound");
    expect(codes(verifyExport(forged, { earlier }))).toEqual(expect.arrayContaining(["continues", "signer"]));
    const { signer } = verifyExport(earlier) as { signer: string };
    expect(codes(verifyExport(forged, { signer }))).toEqual(["signer"]);
    await other.close();
  });

  test("a shorter export in place of a longer one, which a signature alone does not show", () => {
    expect(codes(verifyExport(earlier))).toEqual([]);
    expect(codes(verifyExport(earlier, { earlier: exported }))).toContain("continues");
  });
});

test("octets that are no export get a verdict, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      expect(verifyExport(octets).verdict).toBe("violated");
    }),
  );
  expect(verifyExport(Buffer.from(`${"[".repeat(100_000)}\n`)).verdict).toBe("violated");
  expect(verifyExport(Buffer.from(`"${"a".repeat(200_000)}"\n`))).toMatchObject({ verdict: "unreadable" });
});
