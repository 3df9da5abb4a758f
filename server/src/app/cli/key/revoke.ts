import { setTimeout as pause } from "node:timers/promises";
import type { Key, Revocation } from "@chancery/api";
import type { Command } from "commander";
import { durationText } from "../../../model/seconds.ts";
import { apiClient } from "../api-client.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { whole } from "../options/whole.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { useElsewhereText } from "../../../model/key/use-elsewhere.ts";
import { shown, visible } from "../table.ts";
import { usesText } from "../uses-text.ts";

type Options = CommonOptions & {
  selector?: string;
  key?: string;
  reason?: string;
  yes?: true;
  all?: true;
  wave: number;
  pause: number;
};

export function addKeyRevoke(key: Command): void {
  remote(
    common(
      key
        .command("revoke [domain]")
        .description("revoke a key for ever: nobody signs with it from now on, and its record says so")
        .option("--selector <selector>", "which key; without it, the one that signs")
        .option("--key <id>", "which key, by its id")
        .option("--reason <text>", "for the record; needed with --all")
        .option("--yes", "for a key that the customer brought: others may sign with it")
        .option("--all", "every key of every domain, stand-bys too; needs the admin token")
        .option("--wave <count>", "with --all: so many domains at a time", whole, 100)
        .option("--pause <seconds>", "with --all: between two waves", whole, 0),
      'chancery key revoke customer.example --reason "read by somebody else"',
    ),
  ).action(async (domain: string | undefined, options: Options) => {
    if (options.all) {
      if (domain !== undefined) throw new CommandFailed("--all takes no domain: it revokes the keys of all of them");
      return revokeAll(options);
    }
    if (domain === undefined) throw new CommandFailed("name a domain, or say --all");
    const call = apiClient(options);
    const { id } = chosen((await call("listKeys", { params: { domain } })).items, options);
    const revoked = await call("revokeKey", {
      params: { domain, id },
      body: { reason: options.reason ?? "asked for", ...(options.yes && { yes: true }) },
    });
    print(options.json ? JSON.stringify(revoked) : told(revoked));
    if (!revoked.revoked)
      throw new CommandFailed(
        `nothing is done yet: mail that anybody signs with ${revoked.selector} fails once it is revoked. Say --yes when that is meant`,
      );
  });
}

/** The key that is meant. Keys whose record is gone are no choice. */
function chosen(keys: readonly Key[], { selector, key }: Options): Key {
  if (key !== undefined || selector !== undefined) {
    const found = keys.findLast((one) => (key === undefined ? one.selector === selector : one.id === key));
    if (found === undefined) throw new CommandFailed("there is no such key; look at: chancery key list");
    return found;
  }
  const active = keys.filter(({ phase }) => phase === "active");
  const [only] = active;
  if (only === undefined || active.length > 1) {
    const which = active.map((one) => one.selector).join(", ");
    throw new CommandFailed(
      only === undefined
        ? "no key signs: say which one with --selector"
        : `${which} sign: say which one with --selector`,
    );
  }
  return only;
}

const instead: Record<NonNullable<Revocation["signsInstead"]>, (selector: string) => string> = {
  "stand-by": (selector) => `${selector} stands by and signs as soon as it was seen once more`,
  predecessor: (selector) => `${selector} signs again as soon as it was seen: it still drains`,
  "new-key": () => "no key is left: mail waits until a new one was made and seen everywhere",
};

function told(revoked: Revocation): string {
  const { selector, domain, signsInstead, insteadSelector, residualSeconds, staleSeconds, residualUntil } = revoked;
  const lines = [
    revoked.revoked
      ? `${selector} of ${domain} is revoked; no signer uses it any more`
      : `${selector} of ${domain} was brought by the customer: others may sign with it`,
    `  last used here: ${usesText(revoked)}`,
    `  last used elsewhere: ${visible(useElsewhereText(revoked.elsewhere))}`,
  ];
  if (!revoked.revoked) return lines.join("\n");
  if (signsInstead !== null) lines.push(`  ${instead[signsInstead](insteadSelector ?? "")}`);
  lines.push(
    `  signatures made with it may still verify for ${durationText(residualSeconds)} from when every name server says so, ` +
      `and ${durationText(staleSeconds)} more behind resolvers that cannot reach them: until ${shown.time(residualUntil)} at the soonest`,
  );
  if (revoked.remove !== null)
    lines.push(
      `  still public until the customer removes ${revoked.remove.name} TXT "${visible(revoked.remove.text)}"`,
    );
  return lines.join("\n");
}

async function revokeAll({ reason, ...options }: Options): Promise<void> {
  if (reason === undefined) throw new CommandFailed("--all needs a --reason: it stays in the record of every key");
  const call = apiClient(options);
  let [domains, keys] = [0, 0];
  for (let after: string | undefined; ;) {
    const body = { reason, wave: options.wave, ...(after !== undefined && { after }) };
    const wave = await call("revokeAllKeys", { body });
    domains += wave.domains;
    keys += wave.keys;
    if (wave.next === null) break;
    note(`${domains} domains, ${keys} keys so far`);
    after = wave.next;
    await pause(options.pause * 1000);
  }
  if (options.json) return print(JSON.stringify({ domains, keys }));
  print(`${keys} keys of ${domains} domains are revoked; mail waits until new ones were made and seen everywhere`);
}
