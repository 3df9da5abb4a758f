import { reversedAddress } from "chancery/dns";
import { type AuditFinding, needsEvidence } from "../../check.ts";
import { postureCheck } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** Whether addresses that mail comes from have names that lead back to them (forward-confirmed reverse DNS). */
export const reverseDns = postureCheck({
  name: "reverse-dns",
  title: "Every address that mail comes from has a name that leads back to it",
  codes: ["ReverseDnsMissing"],
  look: ({ posture: { reverse } }) => {
    if (reverse === undefined || reverse.length === 0)
      return needsEvidence("messages as a receiver has them, with the address they came from (--mail FILE)");
    return reverse.flatMap(({ address, names, confirmed }): AuditFinding[] => {
      const reversed = reversedAddress(address);
      if (confirmed !== "no" || reversed === undefined) return [];
      const given = names.state === "present" ? names.values : [];
      return [
        tell({
          code: "ReverseDnsMissing",
          severity: "medium",
          at: `${reversed.labels}.${reversed.suffix}`,
          type: "PTR",
          also: given.map((name) => [name, "A"] as const),
          summary:
            given.length === 0
              ? `mail comes from ${address}, which has no reverse name`
              : `mail comes from ${address}, and its reverse name does not lead back to it`,
          evidence:
            given.length === 0
              ? [`${address} has no PTR record`]
              : given.map((name) => `${address} PTR ${name}, which has other addresses`),
          remedy: `ask whoever gives you ${address} for a PTR record with the host's name, and publish that name's address`,
        }),
      ];
    });
  },
});
