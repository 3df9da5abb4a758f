import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { Answer, Exchange } from "../../../model/audit/evidence/domain.ts";
import { registrableDomainOf } from "../registrable-domain.ts";
import type { Ask } from "./ask.ts";

/** More exchangers are not looked up; mail would find one before. */
const exchangesMax = 20;

/** Where mail for the domain goes. */
export async function gatherExchanges(domain: string, ask: Ask): Promise<Answer<Exchange>> {
  const answer = await ask.exchanges(domain);
  if (answer.state !== "present") return answer;
  const values = await inParallel(answer.values.slice(0, exchangesMax), async (seen): Promise<Exchange> => {
    const { host } = seen;
    const registrableDomain = registrableDomainOf(host);
    return {
      ...seen,
      addresses: host === "." ? { aliases: [], state: "absent", cause: "no-record" } : await ask.addresses(host),
      registrableDomain,
      registration: registrableDomain === undefined ? "exists" : await ask.existence(registrableDomain),
    };
  });
  return { ...answer, values };
}
