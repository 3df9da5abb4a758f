import type { TrackedFinding, Watch } from "@chancery/api";
import type { Command } from "commander";
import { type ApiClient, apiClient, everyPage } from "../api-client.ts";
import { CommandFailed, type ExitStatus, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { repeated } from "../options/repeated.ts";
import { findingsText } from "../records-text.ts";
import { shown, table } from "../table.ts";
import { eventsTable, headText, inventoryTable, openFindings, openText, proofText } from "../watch-text.ts";

type AddOptions = CommonOptions & { interval?: string; selector: string[] };

/** So many of the newest changes are shown to people. */
const eventsShown = 10;

export function addWatch(program: Command): void {
  const watch = group(
    program,
    "watch",
    "domains that are looked at again and again",
    "chancery watch add customer.example",
  );

  remote(
    common(
      watch
        .command("add <domain>")
        .description("watch a domain: prints the record that proves that it is yours to watch")
        .option("--interval <seconds>", "between two looks (default: watch.interval)")
        .option("--selector <name>", "a selector that has to be there; may be given again", repeated, []),
      "chancery watch add customer.example --selector s1",
    ),
  ).action(async (domain: string, options: AddOptions) => {
    const added = await apiClient(options)("addWatch", {
      body: {
        domain,
        ...(options.interval !== undefined && { intervalSeconds: secondsOf(options.interval) }),
        ...(options.selector.length > 0 && { selectors: options.selector }),
      },
    });
    if (options.json) return print(JSON.stringify(added));
    print(`${added.domain} is watched, every ${added.intervalSeconds} s.`);
    if (added.standing !== "pending") return;
    print(`\nWithin 14 days, publish this as proof that it is yours, and leave it there:\n\n${proofText(added)}`);
    note(`\nFirst look: chancery watch check ${added.domain}`);
  });

  remote(common(watch.command("list").description("list watched domains"), "chancery watch list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listWatches", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push([one.domain, one.standing, openText(one), shown.time(one.knownAt), shown.time(one.dueAt)]);
      if (!options.json) print(table(["DOMAIN", "STANDING", "OPEN FINDINGS", "SEEN", "NEXT LOOK"], rows));
    },
  );

  remote(
    common(
      watch.command("show <domain>").description("what was seen of a watched domain, and what changed"),
      "chancery watch show customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const call = apiClient(options);
    await printWatch(call, await call("showWatch", { params: { domain } }), options);
  });

  remote(
    common(
      watch.command("check <domain>").description("look at a watched domain now"),
      "chancery watch check customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const call = apiClient(options);
    const checked = await call("checkWatch", { params: { domain } });
    await printWatch(call, checked, options);
    process.exitCode = verdictOf(checked);
  });

  remote(
    common(
      watch.command("remove <domain>").description("end a watch and forget what it saw"),
      "chancery watch remove customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    await apiClient(options)("removeWatch", { params: { domain } });
    if (options.json) print(JSON.stringify({ domain, removed: true }));
    else
      note(`${domain} is watched no more; what was seen is forgotten. The proof of control can be removed from DNS.`);
  });
}

function secondsOf(written: string): number {
  if (!/^\d{1,9}$/.test(written))
    throw new CommandFailed(`--interval: ${written} is no number of seconds; 86400 is a day`);
  return Number(written);
}

/**
 * As for an audit: 1 where something high or worse is open; 3 where it was not looked at, where nothing was answered, or
 * where a second look has to confirm something.
 */
function verdictOf({ open, suspected, lookedAt, knownAt, standing }: Watch): ExitStatus {
  if (standing === "lapsed") return exitStatus.undetermined;
  if (open.critical + open.high > 0) return exitStatus.negative;
  return knownAt === null || knownAt !== lookedAt || suspected > 0 ? exitStatus.undetermined : exitStatus.done;
}

async function printWatch(call: ApiClient, watch: Watch, options: CommonOptions): Promise<void> {
  const { domain } = watch;
  const findingsIn = (state: TrackedFinding["state"]): Promise<TrackedFinding[]> =>
    all((after) => call("listFindings", { query: { domain, state, after } }));
  const [findings, suspected] = [await findingsIn("open"), await findingsIn("suspected")];
  const selectors = await all((after) => call("listSelectors", { query: { domain, after } }));
  const events = (await call("listWatchEvents", { params: { domain }, query: { limit: eventsShown } })).items;
  if (options.json)
    return print(JSON.stringify({ ...watch, findings: [...findings, ...suspected], inventory: selectors, events }));
  print(headText(watch));
  if (selectors.length > 0) print(`\n${inventoryTable(selectors)}`);
  if (findings.length > 0) print(`\nOpen findings:\n\n${openFindings(findings)}`);
  if (suspected.length > 0)
    print(`\nSeen once; a second look, a minute or more later, has to confirm it:\n\n${findingsText(suspected)}`);
  if (events.length > 0) print(`\nWhat changed, the newest first:\n\n${eventsTable(events)}`);
}

async function all<T>(fetchPage: Parameters<typeof everyPage<T>>[0]): Promise<T[]> {
  const items: T[] = [];
  for await (const one of everyPage(fetchPage)) items.push(one);
  return items;
}
