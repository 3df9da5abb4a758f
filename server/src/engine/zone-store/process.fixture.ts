import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { type Disk, disk, type DiskFile } from "./disk.ts";
import { changing, replacing, zoneFrom } from "./store.fixture.ts";
import { ZoneStore } from "./store.ts";

/**
 * A process for the tests: changes the store at the path of its first argument until generation `changesMax`, saying after each change which
 * generation is committed, and kills itself as kill -9 would at the operation whose number is the second argument, half of a write being done.
 */
export const changesMax = 7;
export const zoneAt = (serial: number) =>
  zoneFrom("example.com", serial, `a${serial} 60 TXT "${"x".repeat(150)}"\nb 60 TXT "${serial}"\n`);

const [path = "", dieAt = "0"] = process.argv.slice(2);
let operations = 0;
const isDeath = (): boolean => ++operations === Number(dieAt);
function die(): void {
  process.kill(process.pid, "SIGKILL");
}

const mortal: Disk = {
  ...disk,
  open: async (name, content) => {
    if (isDeath()) die();
    return mortalFile(await disk.open(name, content));
  },
  rename: async (from, to) => {
    if (isDeath()) die();
    await disk.rename(from, to);
  },
  remove: async (name) => {
    if (isDeath()) die();
    await disk.remove(name);
  },
  syncDirectory: async (directory) => {
    if (isDeath()) die();
    await disk.syncDirectory(directory);
  },
};

const mortalFile = (file: DiskFile): DiskFile => ({
  write: async (octets, at) => {
    if (isDeath()) {
      await file.write(octets.subarray(0, octets.length >> 1), at);
      die();
    }
    await file.write(octets, at);
  },
  sync: async () => {
    if (isDeath()) die();
    await file.sync();
  },
  truncate: async (length) => {
    if (isDeath()) die();
    await file.truncate(length);
  },
  close: () => file.close(),
});

if (import.meta.main) {
  const onProblem = (problem: string): void => void process.stderr.write(`${problem}\n`);
  const store = await ZoneStore.open({ disk: mortal, path, onProblem, journalOctetsMin: 500 });
  for (let serial = store.state.generation + 1; serial <= changesMax; serial++) {
    const next = zoneAt(serial);
    const before = store.state.zones.get("example.com")?.zone;
    await store.commit(
      before === undefined || serial % 4 === 0
        ? replacing(serial, next)
        : { followed: serial, steps: [changing(before, next)] },
    );
    process.stdout.write(`${serial}\n`);
    await setImmediate(); // a snapshot goes on beside the changes
  }
  await store.close();
  process.stdout.write(`operations ${operations}\n`);
}
