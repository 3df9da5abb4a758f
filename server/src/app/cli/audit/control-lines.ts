import type { ChainControl, DnsOwner } from "../../../model/audit/alias-control.ts";

/** Of each name on the way whose DNS it is and who may change it, then who holds the private half of the key. */
export function controlLines({ names, privateKey: { holder, certainty, why } }: ChainControl): string[] {
  const lines = names.flatMap(({ name, owner, mayChange }) => [
    `${name}: ${ownerText(owner)}`,
    `  may be changed by ${mayChange}`,
  ]);
  const isSure = certainty === "certain" || certainty === "none";
  return [...lines, `private key: ${isSure ? "" : `${certainty}, `}${holder} (${why})`];
}

function ownerText(owner: DnsOwner): string {
  switch (owner.who) {
    case "you":
      return "your DNS";
    case "provider":
      return `DNS of ${owner.name}`;
    case "delegated":
      return `your name, delegated to ${owner.to}`;
    case "other":
      return `DNS of ${owner.registrableDomain}`;
    case "not known":
      return "whose DNS is not known";
  }
}
