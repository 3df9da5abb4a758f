// The tour of the README, typed as it stands there. What a newcomer reads is what a newcomer sees: names, keys, times and numbers may differ, words may not.
import { readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { eventually, type Peer, run, startPeer, whenReady } from "../rig/peer.ts";

const root = join(import.meta.dirname, "..", "..");
/** As long as the README lets a newcomer wait for anything, and a little more on a busy machine. */
const patienceSeconds = 60;

type Typed = { command: string; printed: string[] };
const tour = commandsOf(sectionOf(readFileSync(join(root, "README.md"), "utf8"), "## A tour in five minutes"));

let chancery: Chancery;
let lab: Peer;

beforeEach(async () => {
  chancery = await newChancery(undefined);
  const cwd = dirname(chancery.data);
  symlinkSync(join(root, "chancery"), join(cwd, "chancery"));
  await chancery.start();
  lab = startPeer("./chancery", ["lab", "up"], { cwd, env: chancery.environment });
  await whenReady("chancery lab up", lab, async () => lab.output().includes("customer.example.zone"));
});
afterEach(async () => {
  await lab?.stop();
  await chancery?.remove();
});

test("every command of the tour works as printed, in its order", async () => {
  expect(tour.length).toBeGreaterThan(12);
  for (const { command, printed } of tour) {
    const wanted = printed.map(shape).filter(isTold);
    if (changes(command)) {
      expect(missing(wanted, await typed(command)), command).toEqual([]);
      continue;
    }
    let left = wanted;
    await eventually(
      async () => {
        left = missing(wanted, await typed(command));
        return left.length === 0 ? true : undefined;
      },
      { seconds: patienceSeconds, everySeconds: 0.5, otherwise: () => `${command}\ndid not say:\n${left.join("\n")}` },
    );
  }
});

/** What a command writes, by its lines' shapes. Every one of the tour succeeds, but `verify` and `audit` may still judge what is on its way. */
async function typed(command: string): Promise<string[]> {
  const here = command.replaceAll("127.53.0.53:5300", `127.53.0.53:${chancery.listen.dns.port}`);
  // A terminal shows both.
  const { status, stdout } = await run("sh", ["-c", `exec 2>&1\n${here}`], {
    cwd: dirname(chancery.data),
    env: chancery.environment,
  });
  if (changes(command)) expect(status, `${command}\n${stdout}\n${chancery.output()}`).toBe(0);
  return stdout.split("\n").map(shape);
}

/** A command that does something is typed once; one that looks is typed until it shows what the README shows. */
const changes = (command: string): boolean => /^echo |>>|domain (?:add|move)|key rotate|rolls export/.test(command);

/** Those of the lines wanted that do not stand in what was written, in their order. */
function missing(wanted: readonly string[], written: readonly string[]): string[] {
  let at = 0;
  return wanted.filter((line) => {
    const found = written.indexOf(line, at);
    if (found >= 0) at = found + 1;
    return found < 0;
  });
}

/** A line without what is another one each time: keys, ids, times, counts, the width of columns, and how far a rotation is by now. */
const shape = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "TIME")
    .replace(/[A-Za-z0-9+/_-]{16,}(?:…|=*)/g, (word) => (/\d/.test(word) ? "WORD" : word))
    .replace(/^(rotation \S+ of \S+): [A-Z-]+$/, "$1: STEP")
    .replace(/header\.b=\S+/g, "header.b=WORD")
    .replace(/\d+/g, "N")
    .replace(/\s+/g, " ")
    .trim();

/** What a stand-by key has come to when one looks depends on the moment; `…` leaves lines out. */
const isTold = (line: string): boolean =>
  line !== "" && line !== "…" && !/ (?:publishing|published|ready) TIME/.test(line);

function sectionOf(text: string, heading: string): string {
  const from = text.indexOf(`${heading}\n`);
  return text.slice(from, text.indexOf("\n## ", from + heading.length));
}

/** The lines of a section's fenced blocks that begin with `$`, each with what is printed below it. */
function commandsOf(section: string): Typed[] {
  const blocks = section.split(/^```.*$/m).filter((_, index) => index % 2 === 1);
  const found: Typed[] = [];
  for (const line of blocks.flatMap((block) => block.trim().split("\n"))) {
    if (line.startsWith("$ ")) found.push({ command: line.slice(2), printed: [] });
    else found.at(-1)?.printed.push(line);
  }
  return found;
}
