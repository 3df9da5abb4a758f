import { expect, test } from "vitest";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { targetName } from "../../model/delegation/issued-name.ts";
import type { Finding } from "../../model/finding.ts";
import { listAlarms } from "./alarms.ts";
import { contains, request, stageOf, type Stage } from "./lifecycle.fixture.ts";

const signing = async (): Promise<Stage> => {
  const made = await stageOf(await freshDatabase());
  made.publishAll();
  return made;
};
const codes = (alarms: readonly Finding[] | undefined): string[] | undefined =>
  alarms?.map(({ code, subject }) => `${code} ${subject}`);
/** What the controller itself judges by its rounds, and what others read of its looks. */
async function bothViews(made: Stage, controller: ReturnType<Stage["controller"]>): Promise<string[][]> {
  const visit = await controller.visit();
  const own = "alarms" in visit ? codes(visit.alarms) : undefined;
  return [own ?? [], codes(await listAlarms(controller.deps, made.tenantId, made.domainId)) ?? []];
}

test("S2 a server without the next key is an alarm after its time, and over when it answers", async () => {
  const made = await signing();
  const controller = made.controller();
  made.authorities.silent.add("192.0.2.2");
  await expect(made.run(controller, contains("published"), 30)).rejects.toThrow("s4 publishing");
  expect(await bothViews(made, controller)).toEqual([[], []]);
  await expect(made.run(controller, contains("published"), 60)).rejects.toThrow("s4 publishing");
  const stuck = ["RotationStuck s4._domainkey.customer.example", "RotationStuck s5._domainkey.customer.example"];
  const [own, listed] = await bothViews(made, controller);
  expect(own).toEqual(listed);
  expect(stuck).toEqual(expect.arrayContaining(own!));
  expect(own).toContain(stuck[0]);
  const [first] = await listAlarms(controller.deps, made.tenantId, made.domainId);
  expect(first?.evidence.join()).toContain("192.0.2.2 (udp) timeout");
  made.authorities.silent.clear();
  await made.run(controller, contains("s4 active"));
  expect(await bothViews(made, controller)).toEqual([[], []]);
});

test("S3 the record of the key that signs is lost at a server with nothing to go back to, which is named", async () => {
  const made = await signing();
  const controller = made.controller();
  await made.run(controller, contains("s4 active, s5 ready"));
  await request(made);
  await made.run(controller, contains("s4 withdrawn, s5 active"));
  made.authorities.old.set("192.0.2.2", targetName(made.claim, 5, made.settings.dns!));
  made.sleep(6);
  const lost = ["ActiveKeyLost s5._domainkey.customer.example"];
  expect(await bothViews(made, controller)).toEqual([lost, lost]);
  const [alarm] = await listAlarms(controller.deps, made.tenantId, made.domainId);
  expect(alarm?.remedy).toMatch(/^repair .*192\.0\.2\.2, or take it out/);
  expect(await made.phases()).toContain("s5 active");
});

test("S23 a DS record that names no key: nothing is confirmed, the key that signs goes on, and that is an alarm", async () => {
  const made = await signing();
  const controller = made.controller();
  await made.run(controller, contains("s4 active, s5 ready"));
  made.authorities.bogus.add("s4._domainkey.customer.example");
  made.authorities.bogus.add(targetName(made.claim, 5, made.settings.dns!));
  made.sleep(made.settings.policy.freshnessSeconds + 1); // what was seen before is no fresh sight any more
  await request(made);
  await expect(made.run(controller, contains("s5 active"), 60)).rejects.toThrow("s4 active, s5 ready");
  const [own, listed] = await bothViews(made, controller);
  expect(own).toContain("ActiveKeyBogus s4._domainkey.customer.example");
  expect(listed).toContain("ActiveKeyBogus s4._domainkey.customer.example");
  const told = await listAlarms(controller.deps, made.tenantId, made.domainId);
  expect(told[0]?.evidence.join()).toContain("the DS record of customer.example names no key that it has");
  made.authorities.bogus.clear();
  await made.run(controller, contains("s5 active"));
  expect((await bothViews(made, controller)).flat()).toEqual([]);
});

test("S9 mail that waits since no server had its key is told, until another key signs", async () => {
  const made = await signing();
  const controller = made.controller();
  await made.run(controller, contains("s4 active, s5 ready"));
  for (const slot of [4, 5]) made.authorities.instead.set(targetName(made.claim, slot, made.settings.dns!), "");
  await made.run(controller, (phases) => phases.includes("s4 draining") && !phases.includes("active"), 60);
  expect((await bothViews(made, controller))[1]).toContain("NoActiveKey customer.example");
  await made.run(controller, contains("s6 active"));
  expect((await bothViews(made, controller)).flat()).not.toContain("NoActiveKey customer.example");
});
