import type { ChainObservation } from "../../model/rotation/chain-observation.ts";
import type { ExpectedChain } from "../../model/delegation/delegation.ts";
import type { LifecycleDeps } from "./deps.ts";
import { chainObservation } from "./observe-chain.ts";

/** One round at all authoritative servers of a name and of every alias behind it, wherever they lead. */
export async function lookAtTarget(
  { observe, trustedTime, nowMs }: Pick<LifecycleDeps, "observe" | "trustedTime" | "nowMs">,
  name: string,
): Promise<ChainObservation> {
  const seen = await observe(name);
  const names = seen.names.length === 0 ? [name] : seen.names.map((one) => one.name);
  const way: ExpectedChain = {
    aliases: names.slice(0, -1).map((from, index) => ({ name: from, target: names[index + 1] ?? "" })),
    record: { name: names.at(-1) ?? name, text: "" },
  };
  return chainObservation(seen, way, { trustedMs: await trustedTime.readMs(), wallMs: nowMs() });
}
