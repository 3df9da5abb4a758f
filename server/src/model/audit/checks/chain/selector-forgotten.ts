import { type Check, outcomeOf } from "../../check.ts";
import { isKeyLike } from "../../discovery/wrong-host.ts";
import { isSound } from "./key-name.ts";
import { keyNamesOf } from "./key-names-of.ts";
import { wrongHost } from "./nothing-there.ts";

/** AUD-C-08: a key at `_domainkey.<domain>` itself, where no selector leads. A selector that is known to be missing tells more. */
export const selectorForgotten: Check = {
  name: "selector-in-name",
  title: "No key stands at a name without a selector",
  codes: ["WrongHost"],
  look: (evidence, context) => {
    const { atNode, wildcard } = evidence.discovery;
    if (atNode === undefined || wildcard !== undefined || !isKeyLike(atNode, {})) return outcomeOf([]);
    const seen = keyNamesOf(evidence, context);
    if (seen.some((one) => isSound(one) || wrongHost(one) !== undefined)) return outcomeOf([]);
    const subject = `_domainkey.${evidence.domain}`;
    return outcomeOf([
      {
        code: "WrongHost",
        severity: "high",
        subject,
        summary: "a key record stands at a name without a selector, where nobody looks",
        evidence: [
          `${subject} has ${atNode.aliases[0] === undefined ? "a TXT record" : `an alias to ${atNode.aliases[0].target}`}`,
        ],
        remedy: `make the record at SELECTOR.${subject}, with the selector that the sender gave you, and remove this one`,
      },
    ]);
  },
};
