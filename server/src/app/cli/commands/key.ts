import type { Key } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { isRotationAlarm } from "../../../model/rotation/rotation-alarm.ts";
import { findingsText } from "../records-text.ts";
import { waitsText } from "../policy-text.ts";
import { addKeyImport } from "../key/import.ts";
import { addKeyWithdraw } from "../key/withdraw.ts";
import { addKeyRevoke } from "../key/revoke.ts";
import { addKeyRollback } from "../key/rollback.ts";
import { shown, table, visible } from "../table.ts";
import { addKeyDisclosed } from "../key/disclosed.ts";
import { addKeyGenerate } from "./key-generate.ts";
import { addKeyLint } from "./key-lint.ts";

type RotateOptions = CommonOptions & { reason?: string; stream?: string; dual?: true; abort?: true };

export function addKey(program: Command): void {
  const key = group(program, "key", "the keys of a domain", "chancery key list customer.example");
  const head = ["SELECTOR", "ALGORITHM", "PHASE", "SINCE", "LAST USED", "WAITS FOR", "UNTIL"];
  const row = (one: Key): string[] => [
    one.selector,
    one.algorithm === "rsa-sha256" && one.bits > 0 ? `rsa-sha256 ${one.bits}` : one.algorithm,
    one.phase,
    shown.time(one.since),
    shown.time(one.lastUsedAt),
    one.blocked === null ? (one.waitsFor ?? "-") : "sight: see below",
    shown.time(one.waitsUntil),
  ];

  remote(
    common(
      key.command("list <domain>").description("list keys, their phases, and what each waits for"),
      "chancery key list customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const call = apiClient(options);
    const { items } = await call("listKeys", { params: { domain } });
    if (options.json) return items.forEach((one) => print(JSON.stringify(one)));
    if (items.length === 0) return print(`no keys yet; what is missing is told by: chancery domain show ${domain}`);
    // Of a domain with the default stream alone there is no more to say.
    const hasStreams = items.some(({ stream }) => stream !== null);
    print(
      hasStreams
        ? table(
            [...head, "STREAM"],
            items.map((one) => [...row(one), one.stream ?? "-"]),
          )
        : table(head, items.map(row)),
    );
    for (const { selector, blocked } of items)
      if (blocked !== null) for (const reason of blocked.split("; ")) print(`${selector}: ${visible(reason)}`);
    const { findings } = await call("showDomain", { params: { domain } });
    const alarms = findingsText(findings.filter(({ code }) => isRotationAlarm(code)));
    if (alarms !== "") print(`\n${alarms}`);
    const policy = await call("showDomainPolicy", { params: { domain } });
    if (policy.waits.length > 0) print(`\n${waitsText(policy)}`);
  });
  remote(
    common(
      key.command("show <domain>").description("show the active keys with their records"),
      "chancery key show customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const { items } = await apiClient(options)("listKeys", { params: { domain } });
    const active = items.filter(({ phase }) => phase === "active");
    if (active.length === 0) note(`no key signs; what each waits for is told by: chancery key list ${domain}`);
    for (const one of active)
      print(
        options.json
          ? JSON.stringify(one)
          : `${one.name}\n  target       ${one.target}\n  phase        ${one.phase}\n  last used    ${shown.time(one.lastUsedAt)}, ${one.signatures} signatures by our signers\n  fingerprint  ${one.fingerprint}\n  record       ${one.record}`,
      );
  });
  remote(
    common(
      key
        .command("rotate <domain>")
        .description("ask for a rotation: the next name takes over, the old key drains, then it is withdrawn")
        .option("--stream <name>", "of this stream; absent: of the default stream")
        .option("--reason <text>", "for the record")
        .option("--dual", "an Ed25519 key signs beside the others until the old key has drained")
        .option("--abort", "call off what has not come to its switch: the new key goes, the old one signs on"),
      "chancery key rotate customer.example",
    ),
  ).action(async (domain: string, options: RotateOptions) => {
    const ofStream = options.stream === undefined ? {} : { stream: options.stream };
    if (options.abort) {
      const aborted = await apiClient(options)("abortRotations", { params: { domain }, body: ofStream });
      return print(options.json ? JSON.stringify(aborted) : `called off: ${aborted.rotations.join(", ")}`);
    }
    const rotation = await apiClient(options)("rotateKey", {
      params: { domain },
      body: {
        ...ofStream,
        ...(options.reason !== undefined && { reason: options.reason }),
        ...(options.dual && { dual: true }),
      },
    });
    if (options.json) return print(JSON.stringify(rotation));
    print(`rotation ${rotation.id} of ${rotation.domain}: ${rotation.step}`);
    if (rotation.blocked !== null) print(`  blocked: ${visible(rotation.blocked)}`);
    if (rotation.waitsFor !== null)
      print(
        `  waits for ${rotation.waitsFor}${rotation.waitsUntil === null ? "" : ` until ${shown.time(rotation.waitsUntil)}`}`,
      );
    note(`watch it with: chancery key list ${rotation.domain}`);
  });
  addKeyImport(key);
  addKeyWithdraw(key);
  addKeyRevoke(key);
  addKeyRollback(key);
  addKeyGenerate(key);
  addKeyLint(key);
  addKeyDisclosed(key);
}
