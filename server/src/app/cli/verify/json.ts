import type { Evaluation } from "chancery/dmarc";
import type { MessageAuthentication } from "../../../service/verification/authenticate-message.ts";
import { visible } from "../table.ts";
import type { SentReport, Why } from "./why-text.ts";

/** One line of `verify --json`. Every field stands in every result: what does not apply, or was not checked, is null. */
export function jsonOf(
  file: string,
  checked: MessageAuthentication,
  why: readonly Why[],
  sent: SentReport | undefined,
): string {
  const { author, dkim, spf, arc, dmarc, rfc7489, authenticationResults } = checked;
  const line = {
    file,
    fromFields: author.fromFields,
    authorDomain: author.authorDomain,
    dkim: dkim.map((verification, at) => ({ ...verification, ...why[at] })),
    dmarc: {
      ...dmarcOf(dmarc),
      rfc7489: rfc7489 && { ...rfc7489.evaluation, differences: rfc7489.differences },
    },
    arc,
    spf,
    authenticationResults,
    sent,
  };
  return visible(JSON.stringify(line, (_key, value: unknown) => value ?? null));
}

function dmarcOf({ applied, ...evaluation }: Evaluation) {
  return {
    ...evaluation,
    policy: applied && {
      domain: applied.domain,
      source: applied.source,
      tag: applied.tag,
      published: applied.published,
      applied: applied.policy,
      adkim: applied.record.adkim,
      aspf: applied.record.aspf,
      testing: applied.record.testing,
    },
  };
}
