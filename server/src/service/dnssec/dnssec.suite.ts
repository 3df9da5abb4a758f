import {
  checkRrset,
  newWorkBudget,
  readDnskey,
  readRrsig,
  readSoa,
  type ResourceRecord,
  soaData,
  TYPE,
} from "chancery/dns";
import { expect, test } from "vitest";
import type { DatabaseOptions } from "../../engine/database/open.ts";
import { removeRecordsBySource } from "../../engine/database/records.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZone, raiseSerial } from "../../engine/database/zones.ts";
import { listUnsignedZones } from "../../engine/database/zone-keys.ts";
import { origin, type Stage, stageOf } from "./dnssec.fixture.ts";
import { readSignings } from "./follow.ts";
import { disableSigning, enableSigning, rollKey } from "./request.ts";
import { signPresignedZone } from "./sign-zone.ts";
import type { ZoneDnssecView } from "./view.ts";
import { visitZone } from "./visit.ts";

const day = 86_400;
const tagOf = ({ keys }: ZoneDnssecView, role: "ksk" | "zsk"): number => keys.find((key) => key.role === role)!.keyTag;
const phases = ({ keys }: ZoneDnssecView): string => keys.map(({ role, phase }) => `${role} ${phase}`).join(", ");
const asks = (act: ZoneDnssecView["ds"]["act"]) => (view: ZoneDnssecView) => view.ds.act === act;

/** A zone that is signed, with its DS record everywhere. */
async function signedStage(database: DatabaseOptions, mode: "online" | "presigned"): Promise<Stage> {
  const stage = await stageOf(database);
  await enableSigning(stage.db, stage.asked(), { mode, secondaries: mode === "presigned" });
  await stage.run(asks("publish"));
  stage.parent.ds = [(await stage.view()).ds.record!.text];
  await stage.run((view) => phases(view) === "ksk active, zsk active");
  return stage;
}

/** What does not validate in a zone that holds its signatures; at most a few. */
async function faultsIn(stage: Stage, serial: number): Promise<string[]> {
  const records = (await stage.records()).map((record): ResourceRecord =>
    record.type === TYPE.SOA ? { ...record, data: soaData({ ...readSoa(record.data), serial }) } : record,
  );
  const keys = records
    .filter(({ type }) => type === TYPE.DNSKEY)
    .flatMap(({ data }) => {
      const key = readDnskey(data);
      return key.ok ? [key.value] : [];
    });
  const sets = Map.groupBy(
    records.filter(({ type }) => type !== TYPE.RRSIG),
    ({ name, type }) => `${name} ${type}`,
  );
  return [...sets].flatMap(([what, set]) => {
    const [{ name, type }] = set as [ResourceRecord];
    const rrsigs = records.flatMap((record) => {
      const rrsig = record.type === TYPE.RRSIG && record.name === name ? readRrsig(record.data) : undefined;
      return rrsig?.ok && rrsig.value.typeCovered === type ? [rrsig.value] : [];
    });
    const { result } = checkRrset(set, rrsigs, { apex: origin, keys }, stage.nowSeconds(), newWorkBudget());
    return result === "signed" ? [] : [`${what}: ${result}`];
  });
}

/** Everything that has to hold for the keys of zones on SQLite and on PostgreSQL alike. */
export function describeDnssec(fresh: () => Promise<DatabaseOptions>): void {
  test.each(["online", "presigned"] as const)("%s: keys are made, told, rolled and given up", async (mode) => {
    const stage = await signedStage(await fresh(), mode);
    const [ksk, zsk] = [tagOf(await stage.view(), "ksk"), tagOf(await stage.view(), "zsk")];

    await rollKey(stage.db, stage.asked(), "zsk", 0);
    await stage.run((view) => view.keys.length === 2 && tagOf(view, "zsk") !== zsk);

    await rollKey(stage.db, stage.asked(), "ksk", 0);
    await stage.run(asks("replace"));
    stage.parent.ds = [(await stage.view()).ds.record!.text];
    await stage.run((view) => view.keys.length === 2 && tagOf(view, "ksk") !== ksk);
    expect(phases(await stage.view())).toContain("ksk active");

    await disableSigning(stage.db, stage.asked());
    await stage.run((view) => view.keys.some(({ phase }) => phase === "retired"));
    const published = (await stage.records()).filter(({ type }) => type === TYPE.CDS || type === TYPE.CDNSKEY);
    expect(published.map(({ data }) => Buffer.from(data).toString("hex")).sort()).toEqual(["0000000000", "0000030000"]); // DNS-E-19
    stage.parent.ds = [];
    await stage.run(({ state }) => state === "unsigned");
    const left = (await stage.records()).filter(({ source }) => source.startsWith("dnssec"));
    expect(left).toEqual([]);
    await stage.close();
  });

  test("DNS-E-23 an algorithm rolls: signatures first, then keys, then DS, and out in the other order", async () => {
    const stage = await signedStage(await fresh(), "presigned");
    await enableSigning(stage.db, stage.asked(), { algorithm: 15, secondaries: true });
    const steps = await stage.run(asks("replace"));
    stage.parent.ds = [(await stage.view()).ds.record!.text];
    steps.push(...(await stage.run(({ keys }) => keys.every(({ algorithm }) => algorithm === 15))));
    const order = [
      "signatures of zsk .* shown",
      "dnskey of .* shown",
      "ds of ksk .* shown",
      "dnskey of .* taken",
      "signatures of zsk .* taken",
    ];
    const places = order.map((words) => steps.findIndex((step) => new RegExp(`^${words}`).test(step)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(await faultsIn(stage, (await findZone(stage.db, stage.zone.id))!.serial)).toEqual([]);
    await stage.close();
  });

  test("DNS-E-17 CDS and CDNSKEY records name the key that the parent is asked for, and no other", async () => {
    const stage = await signedStage(await fresh(), "online");
    const { record } = (await stage.view()).ds;
    const records = await stage.records();
    const cds = records.filter(({ type }) => type === TYPE.CDS).map(({ data }) => Buffer.from(data));
    expect(
      cds.map((data) => `${data.readUInt16BE(0)} ${data[2]} ${data[3]} ${data.toString("hex", 4).toUpperCase()}`),
    ).toEqual([record!.text]);
    const cdnskey = records
      .filter(({ type }) => type === TYPE.CDNSKEY)
      .map(({ data }) => Buffer.from(data).toString("base64", 4));
    expect(cdnskey).toEqual([record!.publicKey]);
    await stage.close();
  });

  test("DNS-E-21 one stale secondary: the parent is told nothing, and the server that is behind is named", async () => {
    const stage = await signedStage(await fresh(), "online");
    await rollKey(stage.db, stage.asked(), "ksk", 0);
    await stage.run((view) => view.keys.some(({ role, phase }) => role === "ksk" && phase === "ready"));
    stage.frozen.add("192.0.2.2");
    for (let visits = 0; visits < 60; visits++) {
      await visitZone(stage.deps, new Map(), stage.zone.id);
      stage.sleep(1);
    }
    const { ds } = await stage.view();
    expect(ds).toMatchObject({ act: "wait", reason: expect.stringContaining("192.0.2.2") as string });
    stage.frozen.clear();
    await stage.run(asks("replace"));
    await stage.close();
  });

  test("a server that keeps silent holds a roll up, and no key goes", async () => {
    const stage = await signedStage(await fresh(), "online");
    stage.silent.add("192.0.2.1");
    await rollKey(stage.db, stage.asked(), "zsk", 0);
    await expect(
      stage.run((view) => view.keys.every(({ phase }) => phase !== "retired") && view.keys.length === 2),
    ).rejects.toThrow("192.0.2.1: timeout");
    await stage.close();
  });

  test("a decision on an older state is not written: two controllers at once make one key of each role", async () => {
    const stage = await stageOf(await fresh());
    await enableSigning(stage.db, stage.asked(), { secondaries: false });
    await Promise.all([1, 2, 3].map(() => visitZone(stage.deps, new Map(), stage.zone.id)));
    expect((await stage.view()).keys.map(({ role }) => role).sort()).toEqual(["ksk", "zsk"]);
    await stage.close();
  });

  test("DNS-E-14 a pre-signed zone is whole in every version that name servers get, and they get no other", async () => {
    const stage = await signedStage(await fresh(), "presigned");
    const serialOf = async (): Promise<number> => (await findZone(stage.db, stage.zone.id))!.serial;
    const isHeldBack = async (): Promise<boolean> => (await listUnsignedZones(stage.db)).has(stage.zone.id);
    expect(await faultsIn(stage, await serialOf())).toEqual([]);
    expect(await isHeldBack()).toBe(false);
    const before = (await stage.records()).filter(({ type }) => type === TYPE.RRSIG).length;

    await stage.putText(`new.${origin}`, "hello");
    expect(await isHeldBack()).toBe(true); // unsigned data is never served
    const signed = await signPresignedZone(stage.deps, stage.zone.id, stage.nowSeconds());
    expect(signed).toMatchObject({ result: "signed" });
    expect(await isHeldBack()).toBe(false);
    expect(await faultsIn(stage, await serialOf())).toEqual([]);
    // Only what changed was signed: the new RRset, its NSEC and the one before it, and the SOA; each an RRSIG, two of them NSEC as well.
    expect(signed).toMatchObject({ made: 6 });
    expect((await stage.records()).filter(({ type }) => type === TYPE.RRSIG).length).toBe(before + 2);

    await stage.putText(`new.${origin}`, "another text");
    await signPresignedZone(stage.deps, stage.zone.id, stage.nowSeconds());
    expect(await faultsIn(stage, await serialOf())).toEqual([]);
    await stage.close();
  });

  test("a zone that is taken away and comes back gets the records of its keys again", async () => {
    const stage = await signedStage(await fresh(), "online");
    const before = (await stage.records()).filter(({ source }) => source === "dnssec");
    await transact(stage.db, async (trx) => {
      await removeRecordsBySource(trx, stage.zone.id, "dnssec");
      await raiseSerial(trx, stage.zone.id, 0, stage.nowSeconds());
    });
    await visitZone(stage.deps, new Map(), stage.zone.id);
    expect((await stage.records()).filter(({ source }) => source === "dnssec")).toEqual(before);
    await stage.close();
  });

  test("F-29 signatures are made anew at half of their life, long before they end", async () => {
    const stage = await signedStage(await fresh(), "presigned");
    const sign = () => signPresignedZone(stage.deps, stage.zone.id, stage.nowSeconds());
    const counted = async (): Promise<number> => {
      let made = 0;
      for (let quarters = 0; quarters < 4; quarters++) {
        stage.sleep(day / 4);
        const outcome = await sign();
        if (outcome.result === "signed") made += outcome.made;
      }
      return made;
    };
    let last = await sign();
    for (let days = 0; days < 20; days++) {
      await counted();
      const zone = (await findZone(stage.db, stage.zone.id))!;
      expect(await faultsIn(stage, zone.serial)).toEqual([]);
      stage.sleep(6 * day); // and as much again while nothing can be signed: everything still holds
      expect(await faultsIn(stage, zone.serial)).toEqual([]);
      stage.sleep(-6 * day);
      last = await sign();
    }
    expect(last.result).toBe("nothing-to-do");
    await stage.close();
  });

  test("what a name server gets to sign with are sealed keys of online zones alone", async () => {
    const online = await signedStage(await fresh(), "online");
    const [one] = await readSignings(online.db, 0);
    expect(one?.keys.map(({ signs }) => signs).sort()).toEqual(["keys", "zone"]);
    expect(JSON.stringify(one)).not.toContain("PRIVATE");
    await online.close();
    const presigned = await signedStage(await fresh(), "presigned");
    expect((await readSignings(presigned.db, 0)).map(({ keys }) => keys)).toEqual([[]]);
    await presigned.close();
  });

  test("F-29 a zone that was signed as it is asked stays so until it has signatures of its own", async () => {
    const stage = await signedStage(await fresh(), "online");
    const [before] = await readSignings(stage.db, 0);
    await enableSigning(stage.db, stage.asked(), { mode: "presigned", secondaries: true });
    expect(await readSignings(stage.db, 0)).toEqual([before]);
    expect(await signPresignedZone(stage.deps, stage.zone.id, stage.nowSeconds())).toMatchObject({ result: "signed" });
    expect((await readSignings(stage.db, 0)).map(({ keys }) => keys)).toEqual([[]]);
    await stage.close();
  });

  test("what cannot be done is refused with what to do", async () => {
    const stage = await stageOf(await fresh());
    const refusedWith = (words: string) =>
      expect.objectContaining({ message: expect.stringContaining(words) as string }) as Error;
    await expect(rollKey(stage.db, stage.asked(), "ksk", 0)).rejects.toEqual(
      refusedWith('"chancery zone dnssec enable'),
    );
    await expect(enableSigning(stage.db, stage.asked(), { mode: "online", secondaries: true })).rejects.toEqual(
      refusedWith("use the mode presigned"),
    );
    await enableSigning(stage.db, stage.asked(), { secondaries: false });
    await expect(rollKey(stage.db, stage.asked(), "ksk", 0)).rejects.toEqual(refusedWith('"chancery zone dnssec show'));
    await stage.close();
  });
}
