import type { Check } from "@chancery/api";
import { readSoa, TYPE } from "chancery/dns";
import { KekUnusable } from "../../engine/keystore/kek.ts";
import { createIterativeResolver } from "../../engine/resolver/iterative.ts";
import type { Config } from "../config-keys.ts";
import { openKeystore } from "../keystore.ts";
import { iterativeOptions } from "../observer.ts";
import { kekFileOf } from "../prepare.ts";
import { configWithSettings } from "../settings.ts";
import { addressChecks, reportChecks, secondaryChecks, zoneChecks } from "./doctor-name-servers.ts";
import { dnssecChecks } from "./doctor-dnssec.ts";
import { pushChecks } from "./push-handlers.ts";
import { type Handlers, type HandlerContext, onlyAdmin } from "./handler.ts";

const ok = (check: string, detail: string): Check => ({ check, state: "ok", detail });
const warning = (check: string, detail: string): Check => ({ check, state: "warning", detail });
const failed = (check: string, detail: string): Check => ({ check, state: "failed", detail });

/** Looks at everything that Chancery depends on, and says what to do about what is not right. */
export function doctorHandlers(context: HandlerContext): Pick<Handlers, "doctor"> {
  return {
    doctor: async (caller) => {
      onlyAdmin(caller);
      const { config } = await configWithSettings(context.db, context.loaded);
      const database = ok(
        "database",
        config["database.url"] === undefined ? `SQLite, ${context.directory.database}` : "PostgreSQL",
      );
      return {
        checks: [
          database,
          await kekCheck(context),
          settingsCheck(config),
          relayCheck(config),
          ...(await zoneChecks(context)),
          await delegationCheck(config),
          ...(await dnssecChecks(context)),
          ...(await reportChecks(context)),
          ...(await secondaryChecks(context)),
          ...(await addressChecks(context, config)),
          ...(await pushChecks(context)),
        ],
      };
    },
  };
}

async function kekCheck({ db, loaded, directory, now }: HandlerContext): Promise<Check> {
  const file = kekFileOf(loaded, directory);
  try {
    await openKeystore(db, file, now());
    return ok("kek", `${file} opens this database's keys; keep a copy off this machine`);
  } catch (error) {
    if (error instanceof KekUnusable) return failed("kek", error.message);
    throw error;
  }
}

function settingsCheck(config: Config): Check {
  if (config["dns.zone"] === undefined)
    return warning(
      "dns.zone",
      'not set: "domain add" needs it. Set dns.zone and dns.nameservers, or try "chancery lab up"',
    );
  if (config["dns.nameservers"].length === 0)
    return failed("dns.nameservers", `not set: the world has to know who serves ${config["dns.zone"]}`);
  return ok("dns.zone", config["dns.zone"]);
}

const relayCheck = (config: Config): Check =>
  config["relay.next_hop"] === undefined
    ? warning(
        "relay.next_hop",
        "not set: the relay defers all mail. Set it to the SMTP server that sends your mail on, HOST:PORT",
      )
    : ok("relay.next_hop", config["relay.next_hop"].host);

/** The world is led to us: the SOA of our zone, seen from the root, is the one that we serve. */
async function delegationCheck(config: Config): Promise<Check> {
  const zone = config["dns.zone"];
  if (zone === undefined) return warning("delegation", "nothing to look for until dns.zone is set");
  const seen = await createIterativeResolver(iterativeOptions(config)).lookup(zone, TYPE.SOA);
  const soa = seen.records.find(({ type }) => type === TYPE.SOA);
  if (soa !== undefined) return ok("delegation", `the world reaches ${zone}, serial ${readSoa(soa.data).serial}`);
  const why = seen.outcome === "present" ? "no SOA" : seen.reason;
  return seen.outcome === "unknown"
    ? warning(
        "delegation",
        `cannot be told now (${why}): ask again, and check that ${zone} is delegated to dns.nameservers`,
      )
    : failed(
        "delegation",
        `${zone} is not delegated to us (${why}): its parent zone needs NS records for ${config["dns.nameservers"].map(({ name }) => name).join(", ")}`,
      );
}
