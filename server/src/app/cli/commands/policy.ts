import { type Policy, dualSignings, keyTypes, policyPresets } from "@chancery/api";
import { type Command, Option } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { durationText, secondsOf } from "../options/duration.ts";
import { repeated } from "../options/repeated.ts";
import { policyText } from "../policy-text.ts";
import { shown, table } from "../table.ts";

type PlaceOptions = CommonOptions & { domain?: string; stream?: string };
type SetOptions = PlaceOptions & {
  preset?: (typeof policyPresets)[number];
  interval?: string;
  keyType?: Policy["policy"]["keyType"];
  dualSigning?: Policy["policy"]["dualSigning"];
  ringSize?: "2" | "3" | "4" | "5";
  standby?: "yes" | "no";
  window?: string[];
  anyTime?: true;
  disclose?: "yes" | "no";
};

export function addPolicy(program: Command): void {
  const policy = group(
    program,
    "policy",
    "how often keys rotate, of which type they are, and when they may change",
    "chancery policy set --domain customer.example --preset high-risk",
  );
  const ofDomain = (command: Command, example: string): Command =>
    remote(
      common(
        command
          .option("--domain <domain>", "of this domain; absent: of the tenant")
          .option("--stream <name>", "of this stream of the domain; absent: of the whole domain"),
        example,
      ),
    );

  remote(common(policy.command("list").description("list where something was decided"), "chancery policy list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listPolicies", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push([one.domain ?? "(tenant)", ownText(one.own), shown.time(one.updatedAt)]);
      if (!options.json) print(table(["FOR", "DECIDED", "SINCE"], rows));
    },
  );

  ofDomain(
    policy.command("show").description("show a policy, where each part was decided, and the waits it has to keep to"),
    "chancery policy show --domain customer.example",
  ).action(async (options: PlaceOptions) => {
    const call = apiClient(options);
    const { domain, stream } = placeOf(options);
    if (domain === undefined) return printPolicy(await call("showTenantPolicy", {}), options);
    if (stream === undefined) return printPolicy(await call("showDomainPolicy", { params: { domain } }), options);
    printPolicy(await call("showStreamPolicy", { params: { domain, stream } }), options);
  });

  ofDomain(
    policy
      .command("set")
      .description("decide parts of a policy; what is not named stays as it is")
      .addOption(
        new Option("--preset <preset>", "high-risk: 90d; standard: 180d; now: rotate at once, then standard").choices([
          ...policyPresets,
        ]),
      )
      .option("--interval <duration>", "how long a key signs before its successor is due, for example 90d")
      .addOption(new Option("--key-type <type>", "of the primary key").choices([...keyTypes]))
      .addOption(new Option("--dual-signing <when>", "an Ed25519 key beside it").choices([...dualSignings]))
      .addOption(
        new Option("--ring-size <n>", "names of a cname-ring, for domains to be added").choices(["2", "3", "4", "5"]),
      )
      .addOption(new Option("--standby <yes|no>", "keep a ready successor").choices(["yes", "no"]))
      .option("--window <window>", 'switch only then: "mon-fri 09:00-17:00 Europe/Berlin"; may be repeated', repeated)
      .option("--any-time", "switch at any time")
      .addOption(
        new Option(
          "--disclose <yes|no>",
          "make private halves of withdrawn keys public after their time: for ever",
        ).choices(["yes", "no"]),
      ),
    "chancery policy set --domain customer.example --interval 90d --window 'mon-thu 09:00-16:00 Europe/Berlin'",
  ).action(async (options: SetOptions) => {
    const call = apiClient(options);
    const body = bodyOf(options);
    const { domain, stream } = placeOf(options);
    const set =
      domain === undefined
        ? await call("setTenantPolicy", { body })
        : stream === undefined
          ? await call("setDomainPolicy", { params: { domain }, body })
          : await call("setStreamPolicy", { params: { domain, stream }, body });
    printPolicy(set, options);
    if (options.preset === "now" && domain !== undefined && !options.json)
      note(`a rotation was asked for; watch it with: chancery key list ${domain}`);
  });

  ofDomain(
    policy.command("remove").description("take back what was decided; the next place up holds again"),
    "chancery policy remove --domain customer.example",
  ).action(async (options: PlaceOptions) => {
    const call = apiClient(options);
    const { domain, stream } = placeOf(options);
    if (domain === undefined) await call("removeTenantPolicy", {});
    else if (stream === undefined) await call("removeDomainPolicy", { params: { domain } });
    else await call("removeStreamPolicy", { params: { domain, stream } });
    if (options.json) return print(JSON.stringify({ domain: domain ?? null, stream: stream ?? null, removed: true }));
    const whose = stream === undefined ? (domain ?? "the tenant") : `the stream ${stream} of ${domain}`;
    note(`${whose} has no policy of its own any more`);
  });
}

function placeOf({ domain, stream }: PlaceOptions): Pick<PlaceOptions, "domain" | "stream"> {
  if (stream !== undefined && domain === undefined)
    throw new CommandFailed("--stream names a stream of a domain: name that as well, with --domain");
  return { ...(domain !== undefined && { domain }), ...(stream !== undefined && { stream }) };
}

function bodyOf({ preset, interval, keyType, dualSigning, ringSize, standby, window, anyTime, disclose }: SetOptions) {
  if (window !== undefined && anyTime) throw new CommandFailed("--window and --any-time exclude each other");
  const changeWindows = anyTime ? [] : window;
  const body = {
    ...(preset !== undefined && { preset }),
    ...(interval !== undefined && { intervalSeconds: secondsOf(interval) }),
    ...(keyType !== undefined && { keyType }),
    ...(dualSigning !== undefined && { dualSigning }),
    ...(ringSize !== undefined && { ringSize: Number(ringSize) as 2 | 3 | 4 | 5 }),
    ...(standby !== undefined && { standby: standby === "yes" }),
    ...(changeWindows !== undefined && { changeWindows }),
    ...(disclose !== undefined && { disclose: disclose === "yes" }),
  };
  if (Object.keys(body).length === 0)
    throw new CommandFailed("nothing is decided; name a part, for example --preset high-risk");
  return body;
}

function printPolicy(one: Policy, { json }: CommonOptions): void {
  if (json) return print(JSON.stringify(one));
  print(policyText(one));
  for (const warning of one.warnings) note(`warning: ${warning}`);
}

const ownText = (own: Policy["own"]): string =>
  Object.entries(own)
    .map(([name, value]) => `${name} ${name === "intervalSeconds" ? durationText(value as number) : String(value)}`)
    .join(", ");
