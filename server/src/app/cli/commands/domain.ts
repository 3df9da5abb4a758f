import type { Domain } from "@chancery/api";
import { methods } from "@chancery/api";
import { type Command, Option } from "commander";
import { type ApiClient, apiClient, everyPage } from "../api-client.ts";
import { type ExitStatus, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { addDomainAlias } from "../domain/alias.ts";
import { upstreamOf, upstreamsInMail } from "../domain/upstreams-in-mail.ts";
import { repeated } from "../options/repeated.ts";
import { whole } from "../options/whole.ts";
import { table, visible } from "../table.ts";
import { usesText } from "../uses-text.ts";
import { addDomainMethods, adviceText } from "../domain/methods.ts";
import { forecastText, warningLines } from "../domain/before.ts";
import { addDomainMove, moveText } from "../domain/move.ts";
import { nextStepText } from "../domain/next-step.ts";
import { addDomainRegistration, registrationText } from "../domain/registration.ts";
import { findingsText, recordsTable, recordsZoneText } from "../records-text.ts";

type AddOptions = CommonOptions &
  SelectorOptions & {
    method: (typeof methods)[number] | "auto";
    from?: string[];
    ed25519?: true;
    ringSize?: "2" | "3" | "4" | "5";
    selectorTemplate?: string;
    batch?: number;
    mail?: string;
    upstream?: string[];
    registrationExpires?: string;
  };

export function addDomain(program: Command): void {
  const domain = group(program, "domain", "domains we may sign as", "chancery domain add customer.example");

  remote(
    common(
      withSelectors(
        domain
          .command("add <domain>")
          .description("take a delegation: prints the records that the customer publishes")
          .addOption(
            new Option("--method <method>", "how the customer delegates; auto: what suits the domain best")
              .choices([...methods, "auto"])
              .default("cname-ring"),
          )
          .option("--from <address>", "a From address or domain whose alignment is told; may be given again", repeated)
          .option("--ed25519", "sign with an Ed25519 key beside the RSA key")
          .addOption(
            new Option("--ring-size <n>", "names of a cname-ring (default: the tenant's policy, else 3)").choices([
              "2",
              "3",
              "4",
              "5",
            ]),
          )
          .option("--selector-template <template>", "how selectors are named, of {mon} {mm} {yyyy} {label} {n}")
          .option("--batch <names>", "cname-series: how many names a batch; absent: enough for a year", whole)
          .option("--mail <file>", "cname-chain: a message that the upstream signed for the domain")
          .option("--registration-expires <date>", "third-party-domain: of the domain that the name is held in")
          .option("--upstream <selector=target>", "cname-chain: where a selector leads, without a message", repeated),
      ),
      "chancery domain add customer.example --method cname-ring",
    ),
  ).action(async (name: string, options: AddOptions) => {
    const upstreams = [
      ...(options.upstream ?? []).map(upstreamOf),
      ...(options.mail === undefined ? [] : await upstreamsInMail(options.mail, name)),
    ];
    progress(`looking at what stands at ${name} (5 s at most) …`);
    const added = await apiClient(options)("addDomain", {
      body: {
        domain: name,
        method: options.method,
        ...(options.from && { from: options.from }),
        ...(upstreams.length > 0 && { upstreams }),
        ...(options.registrationExpires !== undefined && { registrationExpires: options.registrationExpires }),
        ...(options.batch !== undefined && { batch: options.batch }),
        ...(options.ed25519 && { algorithms: ["rsa-sha256", "ed25519-sha256"] }),
        ...(options.ringSize !== undefined && { ringSize: Number(options.ringSize) as 2 | 3 | 4 | 5 }),
        ...(options.selectorTemplate !== undefined && { selectorTemplate: options.selectorTemplate }),
        ...selectorsNamed(options),
      },
    });
    for (const line of warningLines(added)) note(line);
    if (options.json) return print(JSON.stringify(added));
    if (added.advice !== undefined) print(`${adviceText(added.advice)}\n`);
    printAdded(added);
    print(forecastText(added));
  });

  remote(common(domain.command("list").description("list domains"), "chancery domain list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listDomains", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push([one.domain, one.method, one.status, one.claim, one.tenant]);
      if (!options.json) print(table(["DOMAIN", "METHOD", "STATUS", "CLAIM", "TENANT"], rows));
    },
  );

  const showing = [
    ["show <domain>", "show a domain as it was last seen", "chancery domain show customer.example", "showDomain"],
    [
      "verify <domain>",
      "look now at what the customer published, and say what to do",
      "chancery domain verify customer.example",
      "verifyDomain",
    ],
  ] as const;
  for (const [words, description, example, route] of showing)
    remote(common(domain.command(words).description(description), example)).action(
      async (name: string, options: CommonOptions) => {
        if (route === "verifyDomain") progress(`asking every name server of ${name} …`);
        const one = await apiClient(options)(route, { params: { domain: name } });
        printDomain(one, options);
        if (route === "verifyDomain") process.exitCode = verdictOf(one);
      },
    );

  addDomainMove(domain, printDomain);
  addDomainMethods(domain);
  addDomainAlias(domain);
  addDomainRegistration(domain);
  const closing = [
    ["lock", "lockDomain", "keep others from claiming names below a domain"],
    ["unlock", "unlockDomain", "let others claim names below a domain, with a proof of their own"],
  ] as const;
  for (const [word, route, description] of closing)
    remote(
      common(domain.command(`${word} <domain>`).description(description), `chancery domain ${word} customer.example`),
    ).action(async (name: string, options: CommonOptions) => {
      const one = await apiClient(options)(route, { params: { domain: name } });
      if (options.json) return print(JSON.stringify(one));
      print(
        `${one.domain} is ${one.locked ? "closed: nobody else can claim a name below it" : "open: others can claim names below it, with a proof of control"}`,
      );
    });

  remote(
    common(
      withSelectors(
        domain
          .command("selectors <domain>")
          .description(
            "say which selectors of other vendors are used, before ns-domainkey hides them; shows what is taken over",
          ),
      ),
      "chancery domain selectors customer.example --import-selector s1 --import-selector k2",
    ),
  ).action(async (name: string, options: CommonOptions & SelectorOptions) => {
    const body = selectorsNamed(options);
    printDomain(await apiClient(options)("nameSelectors", { params: { domain: name }, body }), options);
  });

  remote(
    common(
      domain.command("remove <domain>").description("release a domain: its keys are withdrawn after their drain"),
      "chancery domain remove customer.example",
    ),
  ).action(async (name: string, options: CommonOptions) => {
    const call = apiClient(options);
    if (!options.json) await tellLastUses(call, name);
    const released = await call("removeDomain", { params: { domain: name } });
    printDomain(released, options);
    if (!options.json)
      note(
        `${released.domain} is released: nothing is signed for it any more. Its key records stay until mail in flight has arrived; then remove the records above.`,
      );
  });
}

/** What somebody at a terminal waits for. */
const progress = (text: string): void => {
  if (process.stderr.isTTY) note(text);
};

/** Whoever takes keys away sees first whether they are still used. */
async function tellLastUses(call: ApiClient, domain: string): Promise<void> {
  const { items } = await call("listKeys", { params: { domain } });
  for (const key of items) if (key.lastUsedAt !== null) note(`${key.selector} was last used ${usesText(key)}`);
}

type SelectorOptions = { importSelector?: string[]; otherSelectors: boolean };

const withSelectors = (command: Command): Command =>
  command
    .option("--import-selector <selector>", "ns-domainkey: a selector of another vendor; may be given again", repeated)
    .option("--no-other-selectors", "ns-domainkey: there are no others than those found or named");

/** What is said of selectors of other vendors. */
const selectorsNamed = ({ importSelector, otherSelectors }: SelectorOptions) => ({
  ...(importSelector && { importSelectors: importSelector }),
  ...(!otherSelectors && { otherSelectors: "none" as const }),
});

/** What the customer publishes, what moves by it and what does not, and what is known to be wrong already. */
function printAdded(added: Domain): void {
  const { domain, method, records, notes, findings } = added;
  if (records.length === 0) print(`${domain} has nothing to publish (${method}).\n`);
  else {
    print(`${domain} has to publish (${method}):\n\n`);
    print(`${recordsTable(records)}\n\n`);
    print("The same as zone text:\n\n");
    print(recordsZoneText(records));
  }
  print(`\nWhat that means:\n${notes.map((one) => `  - ${one}`).join("\n")}\n`);
  print(selectorsText(added));
  const text = findingsText(findings);
  if (text !== "") print(`\n${text}`);
  note(
    records.length === 0
      ? `\nIts keys are on their way: chancery key list ${domain}`
      : `\nOnce they are published: chancery domain verify ${domain}`,
  );
}

/** What is taken over of other vendors; empty where nothing is. */
function selectorsText({ otherSelectors = [] }: Domain): string {
  if (otherSelectors.length === 0) return "";
  const rows = otherSelectors.flatMap(({ selector, state, records }) =>
    records.length === 0
      ? [[selector, state, "", ""]]
      : records.map(({ type, data }) => [selector, state, type, visible(data)]),
  );
  return `\nTaken over from other vendors:\n\n${table(["SELECTOR", "STATE", "TYPE", "DATA"], rows)}\n`;
}

/** 0: everything is there. 1: something is absent or wrong, some mail fails, or the domain has another holder. 3: DNS gave no answer that says anything. */
function verdictOf({ status, records, findings }: Domain): ExitStatus {
  if (status === "valid") return exitStatus.done;
  const isWithheld = findings.some(({ code }) => code === "SelectorsNotImported");
  return status === "failed" ||
    status === "degraded" ||
    isWithheld ||
    records.some(({ state }) => state === "absent" || state === "wrong")
    ? exitStatus.negative
    : exitStatus.undetermined;
}

function printDomain(one: Domain, options: CommonOptions): void {
  if (options.json) return print(JSON.stringify(one));
  print(
    `${one.domain}  ${one.method}  status: ${one.status}  claim: ${one.claim}${one.proof === "operator" ? " (by the operator's word)" : ""}\n\n`,
  );
  if (one.move !== null) print(`${moveText(one.move)}\n`);
  if (one.records.length > 0) print(recordsTable(one.records));
  if (one.registration !== null) print(registrationText(one.registration));
  const selectors = selectorsText(one);
  if (selectors !== "") print(selectors);
  if (one.move === null) print(`\n${nextStepText(one)}`);
  const text = findingsText(one.findings);
  if (text !== "") print(`\nWhat was found:\n\n${text}`);
}
