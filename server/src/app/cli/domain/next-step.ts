import type { CustomerRecord, Domain } from "@chancery/api";
import { isAskedFor } from "../records-text.ts";
import { visible } from "../table.ts";
import { hostOf } from "./dns-hosts.ts";

/** What whoever looks after a domain does next, in one sentence, or that there is nothing to do. */
export function nextStepText(one: Domain): string {
  return `What to do next: ${stepOf(one)}\n`;
}

function stepOf({ domain, claim, status, records, findings, customerZone }: Domain): string {
  const verify = `then: chancery domain verify ${domain}`;
  // Names of later keys are published in one go at the start; that they run out is told by a finding.
  const isLater = ({ purpose }: CustomerRecord): boolean => claim === "verified" && purpose === "key to come";
  const wanted = records.filter((record) => isAskedFor(record) && !isOptional(record) && !isLater(record));
  const having = (state: CustomerRecord["state"]): CustomerRecord[] => wanted.filter((one) => one.state === state);
  const isAsked = wanted.some(({ checkedAt }) => checkedAt !== null);
  const missing = isAsked ? having("absent") : wanted;
  const [wrong, unknown] = [having("wrong"), having("unknown")];
  const host = hostOf(customerZone?.nameServers ?? []);
  const letter = `as "chancery records ${domain} --format instructions" says${host === undefined ? "" : ` for ${host.name}`}`;
  if (claim === "released")
    return `nothing: ${domain} is released; the records that still stand can be removed once its keys are withdrawn`;
  if (claim === "suspended") return `publish the proof of control again, ${letter}; ${verify}`;
  const worst = findings.find(({ severity }) => severity === "critical");
  if (worst !== undefined) return `${worst.code}, today: ${visible(worst.remedy)}`;
  const withheld = findings.find(({ code }) => code === "SelectorsNotImported");
  const todo = [
    ...(missing.length > 0 ? [`publish ${count(missing, "missing")}, ${letter}`] : []),
    ...(wrong.length > 0 ? [`put right ${count(wrong, "wrong")}: below is how`] : []),
  ];
  if (todo.length > 0) return `${todo.join("; ")}; ${verify}`;
  if (withheld !== undefined) return visible(withheld.remedy);
  if (unknown.length > 0)
    return "nothing yet: the name servers gave no answer that says anything, and are asked again by themselves; chancery doctor says whether this machine can ask DNS";
  const due = findings.find(({ code }) => code === "CustomerActionDue");
  if (due !== undefined) return `${visible(due.remedy)}; ${verify}`;
  const high = findings.find(({ severity }) => severity === "high");
  if (high !== undefined) return `${high.code}: ${visible(high.remedy)}`;
  const isWithoutKey = records.length > 0 && records.every(({ purpose }) => purpose === "proof of control");
  if (status === "valid" && isWithoutKey)
    return `bring a key: "chancery key import ${domain} --selector S --key FILE"; nothing is signed before`;
  if (status === "valid")
    return `nothing: every record is as it should be; "chancery key list ${domain}" shows its keys, and what they wait for`;
  if (claim === "pending")
    return `nothing: it is looked at again by itself; "chancery domain verify ${domain}" looks now`;
  return "what is told below";
}

/** Only where the customer's own zone is signed. */
const isOptional = ({ type }: CustomerRecord): boolean => type === "DS";

const count = (records: readonly CustomerRecord[], how: "missing" | "wrong"): string => {
  const [only] = records;
  if (records.length === 1 && only !== undefined) return `the record ${only.name} ${only.type}, which is ${how}`;
  return `the ${records.length} records that are ${how}`;
};
