import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { formatKeyRecord, sign } from "chancery/dkim";
import type { Fault, Scenario, ScenarioKey, ScenarioKeys } from "./fault.ts";
import { startInternet, type ScenarioInternet } from "./internet.ts";

/** What an audit said of one fault. `command`: to see it again while the scenario stays. */
export type FaultShown = {
  fault: Fault;
  command: string;
  found: boolean;
  findings: readonly { code: string; severity: string; summary: string }[];
};

export type RunningScenario = { internet: ScenarioInternet; shown: readonly FaultShown[]; close(): Promise<void> };

/** Starts the scenario's internet and has the `chancery` command audit every domain on it. */
export async function runScenario(scenario: Scenario, now: number): Promise<RunningScenario> {
  const keys: ScenarioKeys = { own: newKey(), provider: newKey(), other: newKey() };
  const internet = await startInternet(scenario.faults, keys);
  const directory = await mkdtemp(join(tmpdir(), "chancery-scenario-"));
  const close = async (): Promise<void> => {
    await internet.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const shown: FaultShown[] = [];
    for (const fault of scenario.faults) {
      const options = fault.options.map((word) =>
        word.replace("{resolver}", internet.resolver).replace("{staleResolver}", internet.staleResolver),
      );
      const words = ["audit", `${fault.label}.example`, ...options, ...(await mailOf(fault, keys, directory, now))];
      const findings = await audited(words, internet, directory);
      const found = findings.some(({ code }) => code === fault.code);
      shown.push({ fault, command: `chancery ${words.join(" ")}`, found, findings });
    }
    return { internet, shown, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function newKey(): ScenarioKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const strings = (formatKeyRecord(publicKey).match(/.{1,250}/g) ?? []).map((part) => `"${part}"`);
  return { pem: privateKey.export({ type: "pkcs8", format: "pem" }) as string, record: `TXT ${strings.join(" ")}` };
}

/** `--mail` with a message as a receiver has stored it; no words where the fault needs none. */
async function mailOf(fault: Fault, keys: ScenarioKeys, directory: string, now: number): Promise<string[]> {
  if (fault.mail === undefined) return [];
  const { signedBy, signingDomain, selector } = fault.mail;
  const date = new Date(now * 1000).toUTCString().replace("GMT", "+0000");
  const message = Buffer.from(
    [
      `From: news@${fault.label}.example`,
      "To: someone@receiver.test",
      "Subject: News",
      `Date: ${date}`,
      `Message-ID: <1@${fault.label}.example>`,
      "",
      "Hello.",
      "",
    ].join("\r\n"),
  );
  const fields = await sign(message, { keys: [{ signingDomain, selector, privateKey: keys[signedBy].pem }], now });
  const trace = `Return-Path: <bounce@provider.example>\r\nReceived: from mail.provider.example (mail.provider.example [192.0.2.99])\r\n by mx.receiver.test with ESMTP id 1; ${date}\r\n`;
  const file = join(directory, `${fault.label}.eml`);
  await writeFile(file, Buffer.concat([Buffer.from(trace), fields, message]));
  return ["--mail", file];
}

/** The findings of the command itself, run as people run it. */
function audited(words: readonly string[], internet: ScenarioInternet, cwd: string): Promise<FaultShown["findings"]> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("CHANCERY_"));
  const env = { ...Object.fromEntries(others), ...internet.environment };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [main, ...words, "--json"],
      { cwd, env, maxBuffer: 64 << 20 },
      (_error, stdout, stderr) => {
        // The exit status says how bad it is; without a document there was no audit.
        if (stdout === "") reject(new Error(`chancery ${words.join(" ")}: ${stderr}`));
        else resolve((JSON.parse(stdout) as { findings: FaultShown["findings"] }).findings);
      },
    );
  });
}
