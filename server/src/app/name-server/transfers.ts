import { createTransferResponder } from "../../engine/dns-transfer/respond.ts";
import { startNotifier } from "../../engine/dns-transfer/notifier.ts";
import type { NotifyEvent } from "../../engine/dns-transfer/notify-target.ts";
import type { Secondary } from "../../engine/dns-transfer/secondary.ts";
import type { TransferEvent } from "../../engine/dns-transfer/transfer-events.ts";
import type { TransferResponder } from "../../engine/dns-server/respond.ts";
import type { Served } from "../../engine/dns-server/served.ts";
import type { Config } from "../config-keys.ts";
import type { Log } from "../log.ts";

/** In so many seconds one line for each reason and address, and so many in all: addresses can be forged, and nobody fills the log. */
const deniedAgainSeconds = 60;
const deniedLinesMax = 30;

export type Transfers = {
  responder: TransferResponder;
  /** Tells the secondaries that these zones changed. */
  tell: (origins: readonly string[]) => void;
  close: () => Promise<void>;
};

/** What a name server does for its secondaries, as configured, with a log of it. */
export function startTransfers(options: {
  config: Config;
  served: () => Served;
  nsid: Uint8Array | undefined;
  /** Epoch seconds. */
  now: () => number;
  /** Told of each request of a secondary. */
  asked: (secondary: string) => void;
  log: Log;
}): Transfers {
  const { config, served, nsid, now, asked, log } = options;
  const secondaries = secondariesOf(config);
  const notifier = startNotifier({
    served,
    to: secondaries.flatMap(({ name, addresses, keys }) =>
      addresses.map(({ host, port }) => ({ secondary: name, address: host, port, key: keys[0] })),
    ),
    from: config["dns.listen"].host,
    now,
    onEvent: (event) => logNotify(event, log),
  });
  const responder = createTransferResponder({
    served,
    keys: config["dns.tsig_keys"],
    secondaries,
    now,
    ...(nsid && { nsid }),
    onAsked: asked,
    onEvent: transferLog(now, log),
  });
  return {
    responder,
    tell: (origins) => notifier.tell(origins),
    close: () => notifier.close(),
  };
}

/** The secondaries with their keys; the configuration has checked that there are such keys. */
function secondariesOf(config: Config): Secondary[] {
  const keys = new Map(config["dns.tsig_keys"].map((key) => [key.name, key]));
  return config["dns.secondaries"].map(({ name, addresses, keys: names }) => ({
    name,
    addresses,
    keys: names.map((key) => keys.get(key)).filter((key) => key !== undefined),
  }));
}

function transferLog(now: () => number, log: Log): (event: TransferEvent) => void {
  let since = -Infinity;
  const told = new Set<string>();
  return (event) => {
    switch (event.event) {
      case "sent":
        if (event.sent === "current") log.debug(event, "a secondary is up to date");
        else log.info(event, "a zone was transferred");
        return;
      case "broken-off":
        log.warn(event, "a transfer was broken off; the secondary keeps what it has and comes again");
        return;
      case "denied": {
        if (now() - since >= deniedAgainSeconds) {
          since = now();
          told.clear();
        }
        const what = `${event.reason} ${event.from}`;
        if (told.has(what) || told.size >= deniedLinesMax) return;
        told.add(what);
        log.warn(event, deniedText(event.reason));
      }
    }
  };
}

function deniedText(reason: Extract<TransferEvent, { event: "denied" }>["reason"]): string {
  switch (reason) {
    case "not-signed":
      return "a transfer was refused: it was asked for without a signature";
    case "not-a-secondary":
      return "a transfer was refused: no secondary with this key is at this address; see dns.secondaries";
    case "not-served":
      return "a transfer was refused: the zone is not served here";
    case "signed-here":
      return "a transfer was refused: the zone is signed as it is asked, and a copy would be without signatures; sign it beforehand";
    case "too-many-transfers":
      return "a transfer was put off: too many are under way";
    case "malformed":
      return "a request for a transfer was malformed";
    case "BADKEY":
      return "a signature was refused: dns.tsig_keys has no key of that name and algorithm";
    case "BADSIG":
      return "a signature was refused: the other side has another secret for that key";
    case "BADTIME":
      return "a signature was refused: the clocks are more than five minutes apart";
    case "BADTRUNC":
      return "a signature was refused: it was shortened";
  }
}

function logNotify(event: NotifyEvent, log: Log): void {
  switch (event.event) {
    case "notified":
      log.debug(event, "a secondary was told of a change");
      return;
    case "notify-refused":
      log.info(event, "a secondary does not take changes of a zone; it may not know it yet");
      return;
    case "unanswered":
      log.warn(event, "a secondary does not answer; it is told again until it does");
      return;
    case "notify-not-believed":
      log.warn(event, "a secondary's answer is not signed as it should be: compare the key and the clocks");
      return;
    case "gave-up":
      log.warn(event, "a secondary was not told of a change; it has to find it at its next refresh");
  }
}
