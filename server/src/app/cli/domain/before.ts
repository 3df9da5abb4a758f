import type { AddedDomain } from "@chancery/api";
import { visible } from "../table.ts";

/** What to think of before anything is published: one warning after another, each with what was seen and what to do. */
export function warningLines({ domain, dns, warnings }: Pick<AddedDomain, "domain" | "dns" | "warnings">): string[] {
  if (dns === "unavailable")
    return [
      `DNS gave no answer that says anything about ${domain}: whether the delegation takes something along is not known, and nothing is warned of`,
      `  do:    see that this machine can ask DNS (chancery doctor); then "chancery domain methods ${domain}" says what stands there, and "chancery domain verify ${domain}" looks again`,
    ];
  return warnings.flatMap(({ code, subject, summary, seen, remedy }) => [
    `warning ${code} ${subject}: ${visible(summary)}`,
    ...seen.map((one) => `  seen:  ${visible(one)}`),
    `  do:    ${visible(remedy)}`,
  ]);
}

/** How mail will align; the empty text: nobody asked. */
export const forecastText = ({ forecast }: Pick<AddedDomain, "forecast">): string =>
  forecast.length === 0
    ? ""
    : `\nHow mail will align (DMARC):\n${forecast.map(({ text }) => `  - ${visible(text)}`).join("\n")}\n`;
