import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type Fixture, parseFixture } from "../../engine/resolver/fixture.ts";
import { txtResolver } from "../../engine/resolver/resolve-txt.ts";
import type { ServerAddress } from "../../engine/resolver/transport/datagram.ts";
import { hostPort, type Lookup } from "../../engine/resolver/resolution.ts";
import { createStubResolver, parseServer, systemServers, type StubOptions } from "../../engine/resolver/stub.ts";
import type { Vantage } from "../../service/audit/delegation/delegation-evidence.ts";
import { publicResolvers } from "../../service/audit/delegation/vantage-points.ts";
import { iterativeOptions } from "../observer.ts";
import { CommandFailed } from "./exit.ts";
import { type CommonOptions, configOf } from "./options/common.ts";
import { repeated } from "./options/repeated.ts";
import { stdinText } from "./stdin.ts";

export type DnsOptions = { resolver?: string[]; dns?: string };

/** Adds the options of commands that ask DNS. */
export const dnsOptions = (command: Command): Command =>
  command
    .option(
      "--resolver <host:port>",
      "ask this recursive resolver; may be given again (default: resolver.servers, else those of the system)",
      repeated,
    )
    .option("--dns <file>", "take all DNS from a file (JSON or a zone file) and ask nothing of the network");

/** Where a command looks names up. `stub`: how it asks, where it asks the network. */
export async function lookupOf(
  options: CommonOptions & DnsOptions,
  stub: Pick<StubOptions, "dnssecOk"> = {},
): Promise<Lookups> {
  const file = options.dns === undefined ? undefined : await fixture(options.dns);
  const lookup = file ?? createStubResolver({ ...stub, ...stubServers(options) });
  return {
    lookup: (name, type, signal) => lookup.lookup(name, type, signal),
    resolveTxt: txtResolver(lookup),
    ...(file && { namesListed: file.namesListed, ...(file.zone && { zone: file.zone }) }),
  };
}

/** Absent where the network is asked: `namesListed`, every name of the file that DNS is taken from; `zone`, of a zone file. */
type Lookups = Lookup & { resolveTxt: (name: string) => Promise<string[][]> } & Partial<
    Pick<Fixture, "namesListed" | "zone">
  >;

/** Whom to ask beside the resolver that a command goes by; undefined where nothing is asked of the network. */
export function vantageOf(options: CommonOptions & DnsOptions, keepPackets: boolean): Vantage | undefined {
  if (options.dns !== undefined) return undefined;
  const { config } = configOf(options);
  // Public resolvers know nothing of a private root, and who names resolvers has said whom to ask.
  const others = config["resolver.root"] === undefined ? publicResolvers : [];
  const resolvers = stubServers(options).servers ?? [...systemServers(), ...others];
  const distinct = new Map(resolvers.map((server) => [hostPort(server), server]));
  return { resolvers: [...distinct.values()], iterative: { ...iterativeOptions(config), keepPackets } };
}

function stubServers(options: CommonOptions & DnsOptions): Pick<StubOptions, "servers"> {
  const configured = (): ServerAddress[] | undefined =>
    configOf(options).config["resolver.servers"]?.map(({ host, port }) => ({ address: host, port }));
  const servers = options.resolver?.map(resolverOf) ?? configured();
  return servers === undefined ? {} : { servers };
}

function resolverOf(text: string): ServerAddress {
  const server = parseServer(text);
  if (server === undefined)
    throw new CommandFailed(
      `--resolver: ${text} is not ADDRESS or ADDRESS:PORT, for example 192.0.2.53:53 or [2001:db8::53]:53`,
    );
  return server;
}

async function fixture(file: string): Promise<Fixture> {
  let text: string;
  try {
    text = file === "-" ? await stdinText() : readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandFailed(`--dns: ${(error as Error).message}`);
  }
  const parsed = parseFixture(text);
  if (!parsed.ok) throw new CommandFailed(`--dns ${file}: ${parsed.problem}`);
  return parsed.value;
}

/** `--now`: epoch seconds, or a date that says its zone. */
export function nowOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  // Date.parse alone reads a date into almost anything that ends in a number.
  const time = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new CommandFailed(
      `--now: ${text} is not a time; epoch seconds or a date like 2026-11-22T00:00:00Z are expected`,
    );
  return Math.floor(time / 1000);
}
