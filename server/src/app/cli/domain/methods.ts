import type { MethodComparison } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { visible } from "../table.ts";

/** `domain methods`: what each delegation method means, for a domain or for any. */
export function addDomainMethods(domain: Command): void {
  remote(
    common(
      domain
        .command("methods [domain]")
        .description("compare the delegation methods, and say which one suits a domain; nothing is added"),
      "chancery domain methods customer.example",
    ),
  ).action(async (name: string | undefined, options: CommonOptions) => {
    const advice = await apiClient(options)("compareMethods", { query: name === undefined ? {} : { domain: name } });
    print(options.json ? JSON.stringify(advice) : comparisonText(advice));
  });
}

const fits = { yes: "suits", "with-care": "with care", no: "does not suit" } as const;

const unasked = (advice: MethodComparison): string =>
  advice.dns === "unavailable" ? "DNS could not be asked: this is what holds for any domain.\n" : "";

/** Every method with all that is known about it. */
function comparisonText(advice: MethodComparison): string {
  const blocks = advice.methods.map(
    ({ method, pros, cons, work, control, portability, visible: seen, ...one }, index) =>
      [
        `${method}: ${fits[one.fits]}${index === 0 ? " (recommended)" : ""}`,
        `  customer's work   ${work}`,
        `  who controls      ${control}`,
        `  leaving           ${portability}`,
        `  what is visible   ${seen}`,
        ...pros.map((reason) => `  + ${visible(reason)}`),
        ...cons.map((reason) => `  - ${visible(reason)}`),
      ].join("\n"),
  );
  return `${unasked(advice)}${blocks.join("\n\n")}`;
}

/** Why a method was taken, and what else there is, in a few lines. */
export function adviceText(advice: MethodComparison): string {
  const { methods } = advice;
  const [first] = methods;
  if (first === undefined) return "";
  const reasons = [first.work, ...first.pros, ...first.cons].map((reason) => `  - ${visible(reason)}`);
  const others = methods
    .slice(1)
    .map(({ method, fits: fit, cons, work }) => `  ${method} (${fits[fit]}): ${visible(cons[0] ?? work)}`);
  return `${unasked(advice)}Taken: ${first.method}, because\n${reasons.join("\n")}\nThe alternatives:\n${others.join("\n")}\n`;
}
