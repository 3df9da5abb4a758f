import { keyAt, type KeyNameSeen } from "./key-name.ts";
import { shownTexts, tell, type ChainRule } from "./tell.ts";

/** The alias leads elsewhere than it was said to. A name of the owner's own between is no fault: the chain passes the target. */
export const cnameMismatch: ChainRule = (seen) => {
  const { target } = seen.expected;
  const [first] = seen.chain.aliases;
  if (target === undefined || first === undefined || passesBy(seen, target)) return undefined;
  return tell(seen, {
    code: "CnameMismatch",
    severity: "high",
    summary: `the alias leads to ${first.target}, not to ${target}`,
    evidence: [`expected ${target}`],
    remedy: `let the CNAME record at ${seen.keyName} point to ${target}`,
    names: [target],
  });
};

const passesBy = ({ chain }: KeyNameSeen, target: string): boolean =>
  chain.aliases.some((alias) => alias.target === target);

/** An alias was said to be there, and what is there is none. */
export const cnameMissing: ChainRule = (seen) => {
  const { target } = seen.expected;
  const { end } = seen;
  if (target === undefined || seen.chain.aliases.length > 0) return undefined;
  if (end.end !== "nothing" && end.end !== "texts") return undefined;
  return tell(seen, {
    code: "CnameMissing",
    severity: "high",
    summary:
      end.end === "texts"
        ? "a text stands where an alias should be"
        : seen.addresses.length > 0
          ? "addresses stand where an alias should be: the DNS host answers for it as a proxy"
          : "the alias is not there",
    evidence: [`expected ${target}`, ...seen.addresses, ...(end.end === "texts" ? shownTexts(end.texts) : [])],
    remedy: `${end.end === "texts" ? "remove the TXT record and make" : "make"} a record of type CNAME at ${seen.keyName} with the target ${target}${
      seen.addresses.length > 0 ? ", DNS only, without proxy" : ""
    }`,
    names: [target],
  });
};

/** AUD-C-10: the key that the provider publishes for such aliases, copied as a text: it will not follow when the key changes. */
export const flattened: ChainRule = (seen) => {
  const key = keyAt(seen);
  if (key === undefined || seen.chain.aliases.length > 0) return undefined;
  const source = seen.likelyTargets.find((one) => one.key.fingerprint === key.fingerprint)?.name;
  const whose = source ?? seen.sharedBy?.name;
  if (whose === undefined) return undefined;
  const target = source ?? `the target that ${whose} shows`;
  return tell(seen, {
    code: "Flattened",
    severity: "medium",
    summary: `this is the key of ${whose}, copied as a text; when it changes there, this record stays behind`,
    evidence: [
      source === undefined
        ? `SHA-256 ${key.fingerprint}, which all its customers lead to by an alias`
        : `SHA-256 ${key.fingerprint} at both names`,
    ],
    remedy: `remove the TXT record and make a CNAME at ${seen.keyName} that points to ${target}; where the DNS host flattens aliases, switch that off for this name`,
    names: source === undefined ? [] : [source],
  });
};
