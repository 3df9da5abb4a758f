import { wayFault } from "../../model/alias/alias-guard.ts";
import { type PresentRecord, targetNameOf, upstreamFault } from "../../model/alias/upstream-target.ts";
import type { DnsSettings } from "../../model/delegation/delegation.ts";
import type { Provider } from "../../model/provider/provider.ts";
import { Refusal } from "../refusal.ts";
import { signingDomain } from "./domain-name.ts";
import type { ObserveName } from "./observe.ts";

/** A selector that an upstream signs with. No target: it is where the customer's own alias leads now. */
export type AskedUpstream = { selector: string; target?: string | undefined };

export type UpstreamSearch = {
  domain: string;
  dns: DnsSettings;
  observe: ObserveName;
  /** Whose selector it is likely to be, where the key itself stands there; undefined: nobody knows. */
  ownerOf: (selector: string) => Provider | undefined;
};

/** Where each alias of ours has to lead. Refuses what an alias cannot follow, with the reason. */
export async function findUpstreams(
  asked: readonly AskedUpstream[],
  { domain, dns, observe, ownerOf }: UpstreamSearch,
): Promise<{ selector: string; target: string }[]> {
  const name = signingDomain(domain);
  if (asked.length === 0)
    throw new Refusal(
      "invalid-input",
      `cname-chain begins with a message that the upstream signed for ${name} (--mail FILE), or with its selectors (--upstream SELECTOR=TARGET)`,
    );
  const selectors = asked.map(({ selector }) => selector.toLowerCase());
  const twice = selectors.find((selector, index) => selectors.indexOf(selector) !== index);
  if (twice !== undefined) throw new Refusal("invalid-input", `the selector ${twice} is given twice`);
  return Promise.all(
    asked.map(async ({ selector: written, target: given }) => {
      const selector = written.toLowerCase();
      if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(selector) || selector.length > 63)
        throw new Refusal("invalid-input", `${JSON.stringify(written.slice(0, 100))} is not a selector`);
      const keyName = `${selector}._domainkey.${name}`;
      const target = given === undefined ? await presentTarget(keyName, selector) : targetNameOf(given);
      if (target === undefined) throw new Refusal("invalid-input", `${given} is not a name that an alias can lead to`);
      const fault = wayFault([target], { ownZone: dns.zone, domain: name });
      if (fault !== undefined) throw new Refusal("invalid-input", `${keyName}: ${fault}`);
      return { selector, target };
    }),
  );

  async function presentTarget(keyName: string, selector: string): Promise<string> {
    const present = await presentAt(keyName, observe);
    const fault = upstreamFault(keyName, present, present.found === "text" ? ownerOf(selector) : undefined);
    if (present.found !== "alias" || fault !== undefined)
      throw new Refusal(present.found === "unknown" ? "temporarily-unavailable" : "invalid-input", fault ?? "");
    return present.target;
  }
}

/** An alias that any address tells, else what the others say. */
async function presentAt(keyName: string, observe: ObserveName): Promise<PresentRecord> {
  const said = (await observe(keyName, "CNAME")).answers.map((answer) => answer.said);
  const records = said.flatMap((one) => (one.kind === "answer" ? one.records : []));
  const alias = records.find(({ type }) => type === "CNAME");
  if (alias !== undefined) return { found: "alias", target: alias.data.replace(/\.$/, "").toLowerCase() };
  const silent = said.find((one) => one.kind === "unknown");
  if (said.length === 0 || silent !== undefined)
    return { found: "unknown", reason: silent?.kind === "unknown" ? silent.reason : "none could be found" };
  const texts = (await observe(keyName, "TXT")).answers.flatMap((answer) =>
    answer.said.kind === "answer" ? answer.said.records : [],
  );
  return { found: texts.length > 0 ? "text" : "nothing" };
}
