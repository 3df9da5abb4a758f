import type { Verification } from "chancery/dkim";
import type { ArcValidation } from "../../../engine/mail-authentication/arc.ts";
import type { SpfCheck, SpfResult } from "../../../engine/mail-authentication/spf.ts";
import type { MessageAuthentication } from "../../../service/verification/authenticate-message.ts";
import { visible } from "../table.ts";
import { type SentReport, sentText, type Why, whyText } from "./why-text.ts";

/** What `verify` prints for people: for each signature a line and why it broke, then SPF, ARC and DMARC with its steps, then the field to paste. */
export function textOf(
  file: string,
  checked: MessageAuthentication,
  why: readonly Why[],
  sent: SentReport | undefined,
): string {
  const { dkim, spf, arc, authenticationResults } = checked;
  return [
    ...dkimLines(file, dkim, why),
    ...sentText(sent),
    ...[...spfLines(spf), ...arcLines(arc), ...dmarcLines(checked)].map((line) => `  ${visible(line)}`),
    authenticationResults.trimEnd().split("\r\n").map(visible).join("\n"),
  ].join("\n");
}

function dkimLines(file: string, dkim: readonly Verification[], why: readonly Why[]): string[] {
  if (dkim.length === 0) return [`${visible(file)}: none (no DKIM-Signature)`];
  return dkim.flatMap((verification, at) => [visible(`${file}: ${describe(verification)}`), ...whyText(why[at])]);
}

function describe(verification: Verification): string {
  const { result, reason, signingDomain, selector, algorithm, keyBits, uncoveredOctets, testing } = verification;
  const parts = [
    result,
    reason && `(${reason})`,
    `d=${signingDomain ?? "?"} s=${selector ?? "?"} a=${algorithm ?? "?"}`,
    keyBits !== undefined && `${keyBits} bits`,
    uncoveredOctets > 0 && `${uncoveredOctets} octets of the body are not covered`,
    testing && "the key record says: testing",
  ];
  return parts.filter(Boolean).join(" ");
}

/** What each result says of the domain and the client's address. */
const spfSentence: Readonly<Record<SpfResult, (domain: string, ip: string) => string>> = {
  pass: (domain, ip) => `${domain} lets ${ip} send its mail`,
  fail: (domain, ip) => `${domain} says that ${ip} may not send its mail`,
  softfail: (domain, ip) => `${domain} says that ${ip} should not send its mail`,
  neutral: (domain, ip) => `${domain} does not say whether ${ip} may send its mail`,
  none: (domain) => `${domain} has no SPF record`,
  permerror: (domain) => `the SPF record of ${domain} cannot be used`,
  temperror: (domain) => `the DNS did not answer for the SPF record of ${domain}`,
};

function spfLines(spf: SpfCheck | undefined): string[] {
  if (spf === undefined) return ["SPF: not checked: give --ip with --mail-from or --helo, or --trust-received"];
  const { result, ip, domain, detail, explanation, scope } = spf;
  const sentence = spfSentence[result](domain, ip);
  const lines = [`SPF: ${result}, ${sentence}${detail === undefined ? "" : `: ${detail}`}`];
  if (scope === "helo")
    lines.push("  Only the HELO name was checked, which DMARC does not count: MAIL FROM is not known");
  if (explanation !== undefined) lines.push(`  ${domain} explains: ${JSON.stringify(explanation)}`);
  return lines;
}

function arcLines({ result, reason, detail, instances, sealers, oldestPass }: ArcValidation): string[] {
  const sets = instances === 1 ? "1 set" : `${instances} sets`;
  switch (result) {
    case "none":
      return ["ARC: none"];
    case "fail":
      return [`ARC: fail (${reason ?? "?"}): ${detail ?? "?"}`];
    case "pass":
      return [
        `ARC: pass, ${sets}, sealed by ${sealers.join(", ")}; unchanged since set ${oldestPass === 0 ? 1 : oldestPass}`,
        "  A chain tells who passed the message on. It does not make DMARC pass.",
      ];
  }
}

function dmarcLines({ dmarc, rfc7489, author }: MessageAuthentication): string[] {
  const { result, authorDomain, applied, explanation } = dmarc;
  const policy = applied === undefined ? "" : `, policy ${applied.policy}`;
  const from = authorDomain === undefined ? ` (${author.fromFields} From fields)` : ` for ${authorDomain}${policy}`;
  const older = rfc7489?.differences ?? [];
  return [
    `DMARC: ${result}${from}`,
    ...explanation.map((step) => `  ${step}`),
    ...(older.length === 0 ? [] : ["  Receivers that still go by RFC 7489 see it otherwise:"]),
    ...older.map(({ text }) => `    ${text}`),
  ];
}
