import { readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";
import { fingerprintOf } from "chancery/dkim";
import type { Command } from "commander";
import { type KeyFile, readKeyFile } from "../../../engine/keystore/read-key-file.ts";
import { apiClient, type ApiClient } from "../api-client.ts";
import { CommandFailed, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { table, visible } from "../table.ts";
import { isFile, type OpendkimKey, opendkimKeys } from "./opendkim-files.ts";

type ImportOptions = CommonOptions & { dryRun?: true; allow1024?: true; host?: true };

/** What is to be done with one key, or why not. The private half is in it, and never shown. */
type Planned = {
  domain: string;
  selector: string;
  algorithm: string | null;
  bits: number | null;
  fingerprint: string | null;
  state: "to import" | "skipped" | "refused" | "imported";
  reason: string | null;
};
type Plan = { shown: Planned; pem: string | undefined };

export function addOpendkimImport(group: Command): void {
  remote(
    common(
      group
        .command("opendkim <dir>")
        .description(
          "take over the keys of an OpenDKIM, as domains whose owner brings the keys; it signs on until you stop it",
        )
        .option("--dry-run", "only tell which keys are there, and what would be done with each")
        .option("--host", "we publish the records, behind aliases (default: they stay where they are)")
        .option("--allow-1024", "take RSA keys under 2048 bits"),
      "chancery import opendkim /etc/opendkim",
    ),
  ).action(async (folder: string, options: ImportOptions) => {
    const { keys, problems } = opendkimKeys(folder);
    for (const problem of problems) note(problem);
    const plans = planned(keys);
    if (!options.dryRun) await carryOut(apiClient(options), plans, options);
    const rows = plans.map(({ shown }) => shown);
    if (options.json) for (const row of rows) print(JSON.stringify(row));
    else print(listed(rows));
    if (rows.length === 0) throw new CommandFailed(`${folder} names no key`);
    if (rows.some(({ state }) => state === "refused")) process.exitCode = exitStatus.refused;
    if (options.json) return;
    const first = rows.find(({ state }) => state === "imported");
    if (options.dryRun) note("nothing is done yet: without --dry-run they are imported");
    else if (first !== undefined) note(`what the owner of each publishes: chancery records ${first.domain}`);
  });
}

/** Keys that the signing table leads to, one of a kind for each domain: a second one is a successor, which comes later. */
function planned(keys: readonly OpendkimKey[]): Plan[] {
  const taken = new Set<string>();
  return keys.map((key): Plan => {
    const names = { domain: key.domain, selector: key.selector };
    const nothing = { ...names, algorithm: null, bits: null, fingerprint: null };
    const refused = (reason: string): Plan => ({ shown: { ...nothing, state: "refused", reason }, pem: undefined });
    if (key.domain === "%" || key.selector === "%")
      return refused("one key for all domains: make a key for each, with chancery domain add");
    if (key.patterns?.length === 0)
      return {
        shown: { ...nothing, state: "skipped", reason: "nothing in the signing table leads to it" },
        pem: undefined,
      };
    const read = readKey(key);
    if (read.holds !== "private") return refused(read.holds === "nothing" ? read.problem : "it holds a public key");
    const { privateKey } = read;
    const isRsa = privateKey.asymmetricKeyType === "rsa";
    const algorithm = isRsa ? "rsa-sha256" : "ed25519-sha256";
    const bits = isRsa ? (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) : 256;
    const shown = { ...names, algorithm, bits, fingerprint: fingerprintOf(createPublicKey(privateKey)) };
    const place = `${key.domain} ${algorithm}`;
    if (taken.has(place))
      return {
        shown: {
          ...shown,
          state: "skipped",
          reason: "the domain has another key of this kind: bring it as its successor",
        },
        pem: undefined,
      };
    taken.add(place);
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    return { shown: { ...shown, state: "to import", reason: null }, pem };
  });
}

function readKey({ key, file }: OpendkimKey): KeyFile {
  if (!isFile(key)) return readKeyFile(Buffer.from(key), "private");
  if (file === undefined) return { holds: "nothing", problem: `its file ${key} is not there` };
  try {
    return readKeyFile(readFileSync(file), "private");
  } catch (error) {
    return { holds: "nothing", problem: (error as Error).message };
  }
}

/** Of what an import that is run again finds done. */
const nameOfKey = ({ selector, fingerprint }: Pick<Planned, "selector" | "fingerprint">): string =>
  `${selector} ${fingerprint}`;

async function carryOut(call: ApiClient, plans: readonly Plan[], { host, allow1024 }: ImportOptions): Promise<void> {
  const domains = Map.groupBy(plans, ({ shown }) => shown.domain);
  for (const [domain, ofDomain] of domains) {
    const ready = ofDomain.filter(({ shown }) => shown.state === "to import");
    if (ready.length === 0) continue;
    const algorithms = ready.map(({ shown }) => shown.algorithm as "rsa-sha256" | "ed25519-sha256");
    let here: readonly string[] = [];
    const problem = await failureOf(async () => {
      const there = await call("showDomain", { params: { domain } }).catch(() => undefined);
      if (there === undefined) await call("addDomain", { body: { domain, method: "customer-key", algorithms } });
      else here = (await call("listKeys", { params: { domain } })).items.map(nameOfKey);
    });
    for (const plan of ready) {
      const { selector } = plan.shown;
      if (here.includes(nameOfKey(plan.shown))) {
        plan.shown = { ...plan.shown, state: "skipped", reason: "it is here already" };
        continue;
      }
      const wanted = { ...(host && { host }), ...(allow1024 && { allowSmall: true }) };
      const reason =
        problem ??
        (await failureOf(() =>
          call("importKey", { params: { domain }, body: { selector, privateKey: plan.pem!, ...wanted } }),
        ));
      plan.shown = { ...plan.shown, state: reason === undefined ? "imported" : "refused", reason: reason ?? null };
    }
  }
}

async function failureOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed && error.status === exitStatus.refused) return error.message;
    throw error;
  }
}

const listed = (rows: readonly Planned[]): string =>
  table(
    ["DOMAIN", "SELECTOR", "KEY", "STATE", "WHY"],
    rows.map(({ domain, selector, algorithm, bits, state, reason }) => [
      domain,
      selector,
      algorithm === null ? "-" : algorithm === "rsa-sha256" ? `rsa-sha256 ${bits}` : algorithm,
      state,
      reason === null ? "-" : visible(reason),
    ]),
  );
