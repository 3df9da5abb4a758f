import type { Catalogue } from "./catalogue.ts";
import { plainTail } from "./name-pattern.ts";
import type { MailFromRule } from "./provider.ts";
import { attributeChain, type SelectorChain } from "./selector-chain.ts";

/**
 * The names for bounces worth a look: those of products that send through a provider on the way, or of whoever the selector's
 * name suggests. Nothing else tells such products from the provider beneath.
 */
export function mailFromLabels(
  catalogue: Catalogue,
  seen: readonly SelectorChain[],
): { label: string; type: MailFromRule["type"] }[] {
  const onTheWay = new Set(
    seen.flatMap((one) => attributeChain(catalogue, one).parties.map(({ provider: { id } }) => id)),
  );
  const labels = new Map<string, { label: string; type: MailFromRule["type"] }>();
  for (const { id, runsOn, mailFrom } of catalogue.providers.values()) {
    if (!onTheWay.has(id) && !runsOn.some((beneath) => onTheWay.has(beneath))) continue;
    for (const { label, type } of mailFrom)
      if (label !== undefined && plainTail(label).join(".") === label.text)
        labels.set(`${type} ${label.text}`, { label: label.text, type });
  }
  return [...labels.values()];
}
