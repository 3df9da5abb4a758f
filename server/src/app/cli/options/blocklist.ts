import { parseDomain } from "chancery/mail";
import type { DnsList } from "../../../service/audit/posture/listings.ts";
import { CommandFailed } from "../exit.ts";

const kinds = { ip: "address", domain: "domain" } as const;

/** `--blocklist`: `ip:ZONE` for a list of addresses, `domain:ZONE` for one of domains. */
export function blocklistOf(text: string): DnsList {
  const [, kind, written = ""] = /^(ip|domain):(.+)$/.exec(text) ?? [];
  const zone = parseDomain(written);
  if (kind === undefined || !zone.ok)
    throw new CommandFailed(
      `--blocklist: ${text} is no list; ip:ZONE or domain:ZONE is expected, for example ip:bl.example.org`,
    );
  return { kind: kinds[kind as keyof typeof kinds], zone: zone.value };
}
