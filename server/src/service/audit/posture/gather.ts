import { readSpfTree, type SpfAnswer } from "chancery/policy";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { Answer, DomainEvidence, MtaStsEvidence, PolicyFetched } from "../../../model/audit/evidence/domain.ts";
import { registrableDomainOf } from "../registrable-domain.ts";
import { type Ask, asker } from "./ask.ts";
import { gatherDmarc } from "./dmarc.ts";
import { gatherExchanges } from "./exchanges.ts";
import { type DnsList, gatherListings } from "./listings.ts";
import { gatherRelied } from "./relied.ts";
import { gatherReverse } from "./reverse.ts";

export type PostureRequest = {
  domain: string;
  lookup: Lookup;
  /** What the source of DNS shows. */
  shown: DomainEvidence["shown"];
  /** Fetches an MTA-STS policy file from a host at one of these addresses. Absent: nothing is fetched. */
  fetchPolicy?: (host: string, addresses: readonly string[]) => Promise<PolicyFetched>;
  /** Addresses that mail was seen to come from. Absent: none is known, or their reverse names cannot be shown. */
  sendingAddresses?: readonly string[];
  /** DNS lists to ask. Absent: none. */
  lists?: readonly DnsList[];
};

/** Looks at the whole domain around its keys. Nothing rejects. */
export async function gatherPosture(request: PostureRequest): Promise<DomainEvidence> {
  const { domain, shown, sendingAddresses, lists } = request;
  const ask = asker(request.lookup);
  const registrableDomain = registrableDomainOf(domain);
  const [dmarc, spf, mx, addresses, mtaSts, tlsRpt, bimi, ds, wildcardKey] = await Promise.all([
    gatherDmarc(domain, ask),
    readSpfTree(domain, spfAsk(ask)),
    gatherExchanges(domain, ask),
    ask.addresses(domain),
    gatherMtaSts(request, ask),
    ask.texts(`_smtp._tls.${domain}`),
    atDomainOrAbove(domain, registrableDomain, (name) => `default._bimi.${name}`, ask.texts),
    atDomainOrAbove(domain, registrableDomain, (name) => name, ask.signers),
    ask.texts(`*._domainkey.${domain}`),
  ]);
  const seen = { registrableDomain, dmarc, spf, mx, addresses, mtaSts, tlsRpt, bimi, ds, wildcardKey };
  return {
    ...seen,
    shown,
    relied: await gatherRelied(domain, seen, ask),
    ...(sendingAddresses && { reverse: await gatherReverse(sendingAddresses, ask) }),
    ...(lists && { listings: await gatherListings(lists, listingSubjects(request, seen), ask) }),
  };
}

async function gatherMtaSts({ domain, fetchPolicy }: PostureRequest, ask: Ask): Promise<MtaStsEvidence> {
  const name = `mta-sts.${domain}`;
  const [record, host] = await Promise.all([ask.texts(`_mta-sts.${domain}`), ask.addresses(name)]);
  // Without the record no sender asks for the file.
  if (fetchPolicy === undefined || record.state !== "present") return { record, host };
  if (host.state === "unknown") return { record, host, policy: { state: "unknown", reason: host.reason } };
  if (host.state === "absent") return { record, host, policy: { state: "refused", problem: `${name} has no address` } };
  return { record, host, policy: await fetchPolicy(name, host.values) };
}

/** What stands at a name of the domain or, where nothing does, at the same name of the registrable domain. */
async function atDomainOrAbove<T>(
  domain: string,
  above: string | undefined,
  nameOf: (domain: string) => string,
  look: (name: string) => Promise<Answer<T>>,
): Promise<{ name: string; answer: Answer<T> }> {
  const own = { name: nameOf(domain), answer: await look(nameOf(domain)) };
  if (own.answer.state !== "absent" || above === undefined || above === domain) return own;
  return { name: nameOf(above), answer: await look(nameOf(above)) };
}

/** What DNS lists are asked about: the domain, and the addresses that its mail comes from or goes to. */
function listingSubjects(
  { domain, sendingAddresses = [] }: PostureRequest,
  { mx, registrableDomain }: Pick<DomainEvidence, "mx" | "registrableDomain">,
): { addresses: string[]; domains: string[] } {
  const exchangers = mx.state === "present" ? mx.values : [];
  const receiving = exchangers.flatMap(({ addresses }) => (addresses.state === "present" ? addresses.values : []));
  return {
    addresses: [...new Set([...sendingAddresses, ...receiving])],
    domains: [...new Set([domain, registrableDomain ?? domain])],
  };
}

/** How an SPF tree asks. */
const spfAsk =
  (ask: Ask) =>
  async (name: string, type: "TXT" | "A" | "AAAA" | "MX"): Promise<SpfAnswer> => {
    switch (type) {
      case "TXT":
        return spfAnswer(await ask.texts(name));
      case "MX": {
        const answer = await ask.exchanges(name);
        return spfAnswer(
          answer.state === "present" ? { ...answer, values: answer.values.map(({ host }) => host) } : answer,
        );
      }
      case "A":
      case "AAAA":
        return spfAnswer(await ask.addressesOf(name, type));
    }
  };

function spfAnswer(answer: Answer<string>): SpfAnswer {
  switch (answer.state) {
    case "present":
      return { state: "present", values: [...answer.values] };
    case "absent":
      return { state: "absent", cause: answer.cause };
    case "unknown":
      return { state: "unknown" };
  }
}
