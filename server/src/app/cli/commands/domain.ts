import type { Domain } from "@chancery/api";
import { methods } from "@chancery/api";
import { type Command, Option } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { type ExitStatus, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { repeated } from "../options/repeated.ts";
import { table } from "../table.ts";
import { addDomainMethods, adviceText } from "../domain/methods.ts";
import { forecastText, warningLines } from "../domain/before.ts";
import { addDomainMove, moveText } from "../domain/move.ts";
import { findingsText, recordsTable, recordsZoneText } from "../records-text.ts";

type AddOptions = CommonOptions &
  SelectorOptions & {
    method: (typeof methods)[number] | "auto";
    from?: string[];
    ed25519?: true;
    selectorTemplate?: string;
    batch?: number;
  };

export function addDomain(program: Command): void {
  const domain = group(program, "domain", "domains we may sign as", "chancery domain add customer.example");

  remote(
    common(
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
        .option("--selector-template <template>", "how selectors are named, of {mon} {mm} {yyyy} {label} {n}")
        .option(
          "--import-selector <selector>",
          "ns-domainkey: a selector of another vendor; may be given again",
          repeated,
        )
        .option("--no-other-selectors", "ns-domainkey: there are no others than those found or named")
        .option("--batch <names>", "cname-series: how many names a batch; absent: enough for a year", Number),
      "chancery domain add customer.example --method cname-ring",
    ),
  ).action(async (name: string, options: AddOptions) => {
    const added = await apiClient(options)("addDomain", {
      body: {
        domain: name,
        method: options.method,
        ...(options.from && { from: options.from }),
        ...(options.batch !== undefined && { batch: options.batch }),
        ...(options.ed25519 && { algorithms: ["rsa-sha256", "ed25519-sha256"] }),
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
        const one = await apiClient(options)(route, { params: { domain: name } });
        printDomain(one, options);
        if (route === "verifyDomain") process.exitCode = verdictOf(one);
      },
    );

  addDomainMove(domain, printDomain);
  addDomainMethods(domain);
  remote(
    common(
      domain.command("remove <domain>").description("release a domain: its keys are withdrawn after their drain"),
      "chancery domain remove customer.example",
    ),
  ).action(async (name: string, options: CommonOptions) => {
    const released = await apiClient(options)("removeDomain", { params: { domain: name } });
    printDomain(released, options);
    if (!options.json)
      note(
        `${released.domain} is released: nothing is signed for it any more. Its key records stay until mail in flight has arrived; then remove the records above.`,
      );
  });
}

type SelectorOptions = { importSelector?: string[]; otherSelectors: boolean };

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
  const text = findingsText(findings);
  if (text !== "") print(`\n${text}`);
  note(
    records.length === 0
      ? `\nIts keys are on their way: chancery key list ${domain}`
      : `\nOnce they are published: chancery domain verify ${domain}`,
  );
}

/** 0: everything is there. 1: something is absent or wrong, or the domain has another holder. 3: DNS gave no answer that says anything. */
function verdictOf({ status, records }: Domain): ExitStatus {
  if (status === "valid") return exitStatus.done;
  return status === "failed" || records.some(({ state }) => state === "absent" || state === "wrong")
    ? exitStatus.negative
    : exitStatus.undetermined;
}

function printDomain(one: Domain, options: CommonOptions): void {
  if (options.json) return print(JSON.stringify(one));
  print(`${one.domain}  ${one.method}  status: ${one.status}  claim: ${one.claim}\n\n`);
  if (one.move !== null) print(`${moveText(one.move)}\n`);
  print(recordsTable(one.records));
  const text = findingsText(one.findings);
  if (text !== "") print(`\n${text}`);
}
