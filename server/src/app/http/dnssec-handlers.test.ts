import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { transact } from "../../engine/database/transact.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import {
  appendZoneKeyFact,
  claimZoneSigning,
  insertZoneKey,
  updateZoneSigning,
} from "../../engine/database/zone-keys.ts";
import { generateZoneKey } from "../../engine/keystore/zone-key.ts";
import { keyTagOf } from "chancery/dns";
import { dsData } from "../../model/dnssec/ds-text.ts";
import { zoneDnssec } from "../../service/dnssec/view.ts";
import { customerDs } from "../../service/dnssec/customer-ds.ts";
import { zoneToSign } from "../../service/dnssec/own-zone.ts";
import { enableSigning } from "../../service/dnssec/request.ts";
import { readChanges } from "../../service/zone/served/follow.ts";
import { importZone } from "../../service/zone/import.ts";
import { zoneStage, type ZoneStage } from "../../service/zone/zone.fixture.ts";

let stage: ZoneStage;
let mine: Awaited<ReturnType<ZoneStage["delegate"]>>;
beforeAll(async () => {
  stage = await zoneStage(await freshDatabase());
  mine = await stage.delegate("customer.example");
});
afterAll(() => stage.close());

const refusedWith = (words: string): Error =>
  expect.objectContaining({ message: expect.stringContaining(words) as string }) as Error;
const tenantId = (): string => (mine.tenant.kind === "tenant" ? mine.tenant.tenantId : "");

describe("who may sign a zone", () => {
  test("a tenant signs what its domains were delegated with, as if nothing else were there", async () => {
    const own = { tenantId: tenantId(), admin: false };
    expect(await zoneToSign(stage.db, own, `${mine.origin.toUpperCase()}.`)).toMatchObject({ origin: mine.origin });
    await stage.open("operator.example");
    for (const [caller, origin] of [
      [{ tenantId: "ten_other", admin: false }, mine.origin],
      [own, "operator.example"],
      [own, "nowhere.example"],
    ] as const)
      await expect(zoneToSign(stage.db, caller, origin)).rejects.toEqual(refusedWith(`no zone ${origin} of yours`));
    expect(await zoneToSign(stage.db, { ...own, admin: true }, "operator.example")).toBeDefined();
  });
});

describe("DNS-E-25 what a customer is told", () => {
  test("of a signed branch without DS record: it works, and how to protect it; the record is an optional one", async () => {
    const zone = (await findZoneByOrigin(stage.db, mine.origin))!;
    const domain = { id: mine.domainId, name: "customer.example" };
    expect(await customerDs(stage.db, tenantId(), domain, 1)).toEqual({ records: [], findings: [] });
    await enableSigning(stage.db, { zone, actor: "t", tenantId: null, now: 1 }, { secondaries: false });
    const pair = await generateZoneKey(13, 257);
    const dnskey = Buffer.from(pair.dnskey).toString("base64");
    await transact(stage.db, async (trx) => {
      await claimZoneSigning(trx, zone.id, 1);
      const key = { id: "zky_1", zoneId: zone.id, role: "ksk" as const, algorithm: 13 as const, dnskey };
      await insertZoneKey(trx, {
        ...key,
        keyTag: keyTagOf(pair.dnskey),
        spkiSha256: "x",
        sealed: null,
        version: 1,
        createdAt: 1,
      });
      for (const trace of ["dnskey", "ds"])
        await appendZoneKeyFact(trx, {
          keyId: "zky_1",
          kind: "shown",
          evidence: { trace, serial: 1 },
          at: 1,
          trustedMs: 1,
        });
    });
    const told = await customerDs(stage.db, tenantId(), domain, 1);
    expect(told.records).toEqual([]); // no server was seen with CDS records yet: nothing is told
    const { text } = (await zoneDnssec(stage.db, zone, 1)).ds.record!;
    const server = { address: "192.0.2.1", state: "answered", serial: 1, dnskeys: [dnskey], dnskeyTtl: 5, signers: [] };
    const look = {
      trustedMs: 2,
      parents: [],
      gaps: [],
      servers: [{ ...server, cds: [Buffer.from(dsData(text)).toString("base64")], cdnskey: [dnskey] }],
    };
    await updateZoneSigning(stage.db, zone.id, { sight: { look, waits: [], trustedMs: 2, at: 2 } });
    const { records, findings } = await customerDs(stage.db, tenantId(), domain, 1);
    expect(records).toMatchObject([
      { name: mine.origin, data: text, state: "absent", remedy: `publish ${mine.origin} DS ${text}` },
    ]);
    expect(findings).toMatchObject([{ code: "DelegationUnsigned", severity: "info" }]);
    expect(findings[0]?.remedy).toContain("nothing has to be done");
  });
});

describe("what stands beside keys and signatures", () => {
  const file = (more = ""): string => `$TTL 300\n@ SOA ns h 1 3600 600 1209600 300\n@ NS ns\nns A 192.0.2.1\n${more}`;
  const origin = "imported.example";

  test("a version of a pre-signed zone without its signatures is followed by no name server", async () => {
    await importZone(stage.db, origin, file(), "t", 5);
    const zone = (await findZoneByOrigin(stage.db, origin))!;
    const given = async (): Promise<string[]> => {
      const { steps } = await readChanges(stage.db, 0, { zones: new Map(), lastSerials: new Map() }, () => []);
      return steps.flatMap((step) => (step.kind === "removed" ? [] : [step.next.zone.origin]));
    };
    expect(await given()).toContain(origin);
    await enableSigning(stage.db, { zone, actor: "t", tenantId: null, now: 1 }, { secondaries: true });
    expect(await given()).not.toContain(origin);
    await updateZoneSigning(stage.db, zone.id, { signedSerial: zone.serial });
    expect(await given()).toContain(origin);
  });

  test("a zone that was signed elsewhere is not signed once more", async () => {
    await importZone(stage.db, "foreign.example", file("@ DNSKEY 257 3 13 AAAA\n"), "t", 5);
    const zone = (await findZoneByOrigin(stage.db, "foreign.example"))!;
    const asked = { zone, actor: "t", tenantId: null, now: 1 };
    await expect(enableSigning(stage.db, asked, { secondaries: false })).rejects.toEqual(
      refusedWith("import it again without its DNSKEY"),
    );
  });
});
