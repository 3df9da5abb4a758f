import type { Check } from "@chancery/api";
import { RCODE, rcodeName, readSoa, TYPE, type Message } from "chancery/dns";
import { everyRow } from "../../engine/database/page.ts";
import { findZoneByOrigin, listZones } from "../../engine/database/zones.ts";
import { exchange, type Exchange } from "../../engine/resolver/transport/exchange.ts";
import type { LostContact } from "../../service/name-server/contact.ts";
import { listReports, silentAfterSeconds } from "../../service/name-server/report.ts";
import type { CopyReport, LaggingZone } from "../../service/name-server/copy-watch.ts";
import type { Config } from "../config-keys.ts";
import type { HandlerContext } from "./handler.ts";

/** Every zone is served with the serial of the database. The catalog is answered to secondaries alone. */
export async function zoneChecks({ db, servedBy }: Pick<HandlerContext, "db" | "servedBy">): Promise<Check[]> {
  const checks: Check[] = [];
  for await (const { origin, serial, kind } of everyRow((page) => listZones(db, page))) {
    if (kind === "catalog") continue;
    const check = `zone ${origin}`;
    checks.push(
      (await servedBy(origin, serial))
        ? { check, state: "ok", detail: `served with serial ${serial}` }
        : { check, state: "failed", detail: `our name server does not answer with serial ${serial}; its log says why` },
    );
  }
  return checks;
}

/** Each name server process, by what it last said of itself. */
export async function reportChecks({ db, now }: Pick<HandlerContext, "db" | "now">): Promise<Check[]> {
  return (await listReports(db, now())).map((report): Check => {
    const { node, at, zones, notReady, queries, conflicts = [], overrides = [], lost } = report;
    const check = `name server ${node}`;
    const silentSeconds = now() - at;
    if (silentSeconds > silentAfterSeconds)
      return {
        check,
        state: "failed",
        detail: `said nothing for ${silentSeconds} s: it is down, or cannot reach the database; it answers from its own files meanwhile. Its log says why`,
      };
    if (lost !== undefined) return { check, state: "failed", detail: lost };
    if (conflicts.length > 0)
      return {
        check,
        state: "failed",
        detail: `keeps what it serves, since the database is an older copy of it (${conflicts.join("; ")}): decide with "chancery nameserver reconcile" there`,
      };
    if (notReady.length > 0)
      return {
        check,
        state: "failed",
        detail: `cannot serve ${notReady.join(", ")} (SERVFAIL there); its log names the record that is in the way`,
      };
    if (overrides.length > 0)
      return {
        check,
        state: "warning",
        detail: `serves what was overridden there, not what the database has: ${overrides.join(", ")}; adopt or drop it with "chancery nameserver override"`,
      };
    return {
      check,
      state: "ok",
      detail: `${zones} zones; ${queries.udp} queries over UDP, ${queries.tcp} over TCP, ${queries.dropped + queries.slipped} limited`,
    };
  });
}

/** Each address of each secondary, by what a name server last saw there. */
export async function secondaryChecks({ db, now }: Pick<HandlerContext, "db" | "now">): Promise<Check[]> {
  const reports = (await listReports(db, now())).filter(({ at }) => now() - at <= silentAfterSeconds);
  return reports.flatMap(({ node, copies = [], notCopied = [], silent = [] }) => [
    ...notCopiedChecks(node, notCopied),
    ...silent.map((lost) => silentCheck(node, lost)),
    ...copies.map((copy): Check => {
      const { secondary, address, state } = copy;
      const check = `secondary ${secondary} ${address}`;
      switch (state) {
        case "current":
          return { check, state: "ok", detail: `serves what it should, as ${node} sees it` };
        case "behind":
          return {
            check,
            state: "ok",
            detail: `is about to have the latest changes (zones: ${copy.lagging}), as ${node} sees it`,
          };
        case "alarm":
          return { check, state: "failed", detail: alarmText(copy, now()) };
      }
    }),
  ]);
}

const notCopiedChecks = (node: string, zones: readonly string[]): Check[] =>
  zones.length === 0
    ? []
    : [
        {
          check: `copies of ${node}`,
          state: "failed",
          detail: `${zones.join(", ")}: signed as they are asked, so secondaries cannot have them: "chancery zone dnssec enable ZONE --mode presigned"`,
        },
      ];

const silentCheck = (node: string, { secondary, silentSeconds, expiresInSeconds }: LostContact): Check => ({
  check: `contact of ${secondary} with ${node}`,
  state: "failed",
  detail: `it has not asked for ${hours(silentSeconds)}, and gives our zones up in ${hours(expiresInSeconds)}: can it reach ${node}, and has it the key?`,
});

const hours = (seconds: number): string => `${Math.floor(seconds / 3600)} hours`;

function alarmText({ silentSince, worst, lagging }: CopyReport, now: number): string {
  if (silentSince !== undefined)
    return `does not answer, for ${now - silentSince} s: is it running, and reachable from here on this port?`;
  const [first] = worst;
  const others = lagging > 1 ? `; of ${lagging} zones in all that are not as they should be` : "";
  return first === undefined ? "is not as it should be" : `${first.origin}: ${problemText(first)}${others}`;
}

function problemText({ problem, serial, seen }: LaggingZone): string {
  switch (problem) {
    case "behind":
      return `it serves serial ${seen} instead of ${serial}: its log says why it cannot transfer`;
    case "went-back":
      return `it served a later version before and is back at serial ${seen} instead of ${serial}: it lost its data, or was restored; have it fetch the zone anew`;
    case "ahead":
      return `it serves serial ${seen}, which is after ours (${serial}), so it takes no change of ours: see docs/operate/backup.md`;
    case "absent":
      return "it does not serve the zone: does it follow the catalog?";
    case "failing":
      return "it answers SERVFAIL: the zone has expired there, or never came; its log says why it cannot transfer";
    case "still-served":
      return "the zone was removed here and it answers for it still: does it follow the catalog?";
  }
}

/**
 * Each address at which the world is told to find us, asked for our zone over UDP and over TCP: with authority, with the serial of the
 * database. An address that is silent from here may be reachable from elsewhere (a router that does not lead back), so that is a warning.
 */
export async function addressChecks(
  { db }: Pick<HandlerContext, "db">,
  config: Config,
  timeoutMs = 2000,
): Promise<Check[]> {
  const zone = config["dns.zone"];
  const row = zone === undefined ? undefined : await findZoneByOrigin(db, zone);
  if (zone === undefined || row === undefined) return [];
  const port = config["resolver.authority_port"];
  const places = config["dns.nameservers"].flatMap(({ name, addresses }) =>
    addresses.map((address) => ({ name, address })),
  );
  return Promise.all(
    places.map(async ({ name, address }): Promise<Check> => {
      const check = `${name} ${address}`;
      const asked = { name: zone, type: TYPE.SOA };
      const ask = (transport: "udp" | "tcp"): Promise<Exchange> =>
        exchange(asked, { address, port }, { recursionDesired: false, timeoutMs, transport });
      const problems = (await Promise.all([ask("udp"), ask("tcp")])).map((reply) => problemOf(reply, zone, row.serial));
      const worst = problems.find((problem) => problem?.state === "failed") ?? problems.find(Boolean);
      return worst
        ? { check, ...worst }
        : { check, state: "ok", detail: `answers for ${zone} with authority over UDP and TCP, serial ${row.serial}` };
    }),
  );
}

function problemOf(reply: Exchange, zone: string, serial: number): Pick<Check, "state" | "detail"> | undefined {
  const over = reply.transport.toUpperCase();
  if (reply.result === "failed")
    return {
      state: "warning",
      detail: `no answer over ${over} from here (${reply.failure}); is port ${reply.server.port} open for UDP and TCP? It may answer others all the same`,
    };
  return problemOfAnswer(reply.message, over, zone, serial);
}

function problemOfAnswer(
  message: Message,
  over: string,
  zone: string,
  serial: number,
): Pick<Check, "state" | "detail"> | undefined {
  const soa = message.answers.find(({ type }) => type === TYPE.SOA);
  if (message.rcode !== RCODE.NOERROR || !message.authoritative || soa === undefined) {
    const said = message.rcode === RCODE.NOERROR ? "no authority" : rcodeName(message.rcode);
    return { state: "failed", detail: `answers ${said} for ${zone} over ${over}: it does not serve the zone` };
  }
  const theirs = readSoa(soa.data).serial;
  if (theirs === serial) return undefined;
  return {
    state: "warning",
    detail: `serves serial ${theirs} of ${zone} over ${over}, and the database has ${serial}: ask again in a minute; if it stays so, its transfers fail`,
  };
}
