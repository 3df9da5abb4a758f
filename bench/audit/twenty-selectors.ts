import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKeyRecord } from "chancery/dkim";
import type { NamedCase } from "../../test/lab/case.ts";
import { labResolvers, startLabInternet } from "../../test/lab/internet.ts";

const selectorsMax = 20;
const limitSeconds = 5;
const runs = 5;
const main = new URL("../../server/src/app/main.ts", import.meta.url).pathname;

/** One domain, as many selectors as the limit is stated for, each an alias into a provider's zone with a key of its own. */
function twentySelectors(): NamedCase {
  const numbers = Array.from({ length: selectorsMax }, (_, at) => at + 1);
  const text = (): string => {
    const record = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
    return `"${record.slice(0, 255)}" "${record.slice(255)}"`;
  };
  return {
    name: "twenty-selectors",
    zone: "twenty-selectors.example",
    domain: "twenty-selectors.example",
    shows: "twenty selectors",
    records: numbers.map((n) => `key${n}._domainkey CNAME key${n}.dkim.provider.example.\n`).join(""),
    others: { "provider.example": numbers.map((n) => `key${n}.dkim TXT ${text()}\n`).join("") },
    options: numbers.flatMap((n) => ["--selector", `key${n}`]),
    finds: {},
  };
}

/** How long the command takes for one domain on the lab's internet, from its start to its end. */
export async function timeTwentySelectors(): Promise<void> {
  const one = twentySelectors();
  const directory = mkdtempSync(join(tmpdir(), "chancery-bench-"));
  const internet = await startLabInternet([one]);
  const seconds: number[] = [];
  try {
    const words = ["audit", one.domain, "--json", "--resolver", labResolvers.resolver, ...(one.options ?? [])];
    for (let at = 0; at < runs; at += 1) {
      const began = performance.now();
      const ran = spawnSync(process.execPath, [main, ...words], {
        cwd: directory,
        env: { ...process.env, ...internet.environment },
        encoding: "utf8",
      });
      const { selectors = [] } = JSON.parse(ran.stdout) as { selectors?: { verdict: string }[] };
      const sound = selectors.filter(({ verdict }) => verdict === "sound").length;
      if (sound !== selectorsMax) throw new Error(`${sound} of ${selectorsMax} selectors are sound: ${ran.stderr}`);
      seconds.push((performance.now() - began) / 1000);
    }
  } finally {
    await internet.stop();
    rmSync(directory, { recursive: true });
  }
  const shown = seconds.map((one) => one.toFixed(2)).join(", ");
  console.log(
    `  one audit of ${selectorsMax} selectors, the command from start to end: ${shown} s (limit ${limitSeconds} s)`,
  );
}
