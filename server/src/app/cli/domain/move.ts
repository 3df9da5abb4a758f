import { type Domain, type DomainMove, methods } from "@chancery/api";
import { type Command, Option } from "commander";
import { apiClient } from "../api-client.ts";
import { CommandFailed } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { visible } from "../table.ts";

type MoveOptions = CommonOptions & { method?: (typeof methods)[number]; import?: true; abort?: true; yes?: true };

/** `domain move`: from one delegation method to another, with mail that verifies all the way. */
export function addDomainMove(domain: Command, printed: (one: Domain, options: CommonOptions) => void): void {
  remote(
    common(
      domain
        .command("move <domain>")
        .description("move a domain to another delegation method, step by step, while its mail keeps verifying")
        .addOption(new Option("--method <method>", "the method to move to").choices([...methods]))
        .option(
          "--import",
          "ns-domainkey, ns-subdomain: what is found at the names that the delegation hides is taken over, and is all there is",
        )
        .addOption(
          new Option("--abort", "give a move up, as long as nothing is signed under the new method").conflicts(
            "method",
          ),
        )
        .option("--yes", "also if keys that others may sign with go with it; without it their last use is shown"),
      "chancery domain move customer.example --method ns-branch",
    ),
  ).action(async (name: string, options: MoveOptions) => {
    const { method, abort, yes, import: takesFound } = options;
    if (method === undefined && abort === undefined)
      throw new CommandFailed("say where to: --method ns-branch; or --abort to give a move up");
    const wishes = { ...(takesFound && { import: takesFound }), ...(yes && { yes }) };
    const body = method === undefined ? { abort: true as const } : { method, ...wishes };
    printed(await apiClient(options)("moveDomain", { params: { domain: name }, body }), options);
  });
}

const marks = { done: "done ", now: "now  ", later: "     " } as const;

/** A move for people: each part with where it stands, and what the customer does next. */
export function moveText({ from, to, stage, parts, next, waitsFor }: DomainMove): string {
  const title =
    stage === "aborted" ? `The move from ${from} to ${to} is given up.` : `On the move from ${from} to ${to}:`;
  const lines = parts.map(({ who, what, state }) => `  ${marks[state]} ${who === "customer" ? "you: " : ""}${what}`);
  const waits = waitsFor.map((reason) => `  waits: ${visible(reason)}`);
  return [title, ...lines, ...waits, `What to do next: ${next}`, ""].join("\n");
}
