import { parseName, reversedAddress } from "chancery/dns";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { ReverseSeen } from "../../../model/audit/evidence/domain.ts";
import type { Ask } from "./ask.ts";

/** More addresses are not looked up. */
const addressesMax = 20;
/** Names of one address that are followed back; who has more does not need the rest (RFC 7208 §5.5 sets the same limit). */
const namesMax = 10;

/** Reverse names of addresses, and whether one of them leads back (forward-confirmed reverse DNS). */
export const gatherReverse = (addresses: readonly string[], ask: Ask): Promise<ReverseSeen[]> =>
  inParallel(addresses.slice(0, addressesMax), async (address) => {
    const reversed = reversedAddress(address);
    if (reversed === undefined)
      return { address, names: { aliases: [], state: "unknown", reason: "not an address" }, confirmed: "unknown" };
    const names = await ask.pointers(`${reversed.labels}.${reversed.suffix}`);
    return { address, names, confirmed: await confirmedBy(address, names, ask) };
  });

async function confirmedBy(address: string, names: ReverseSeen["names"], ask: Ask): Promise<ReverseSeen["confirmed"]> {
  if (names.state !== "present") return names.state === "absent" ? "no" : "unknown";
  const own = reversedAddress(address)?.labels;
  let isUnknown = false;
  for (const name of names.values.slice(0, namesMax)) {
    if (!parseName(name).ok) continue;
    const answer = await ask.addresses(name);
    isUnknown ||= answer.state === "unknown";
    // Compared by their octets: an IPv6 address has many forms.
    if (answer.state === "present" && answer.values.some((value) => reversedAddress(value)?.labels === own))
      return "yes";
  }
  return isUnknown ? "unknown" : "no";
}
