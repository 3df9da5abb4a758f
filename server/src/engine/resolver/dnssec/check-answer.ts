import {
  checkRrset,
  isAtOrBelow,
  proveAbsence,
  RCODE,
  readName,
  TYPE,
  typeName,
  type BogusReason,
  type Denied,
  type Dnskey,
  type DnssecState,
  type ResourceRecord,
  type RrsetCheck,
  type WorkBudget,
} from "chancery/dns";
import { recordsAt } from "../classify.ts";
import { denialSets, signedSet, type SignedSet } from "./signed-sets.ts";
import type { NotSecure } from "./validation.ts";

/** A zone whose keys are believed, and with what its records are checked. */
export type SecureZone = { apex: string; keys: readonly Dnskey[]; now: number; budget: WorkBudget };

/** What a reply says under `name`: the RRset whose signature matters, or that there is none. */
export type Statement =
  | { kind: "present"; set: SignedSet; authority: readonly ResourceRecord[] }
  | { kind: "absent"; name: string; type: number; authority: readonly ResourceRecord[]; nxdomain: boolean };

type Reply = { answers: readonly ResourceRecord[]; authority: readonly ResourceRecord[]; rcode: number };

/**
 * What of a reply, the answer for `name` and `type`, has to be signed: the records, the alias, the DNAME that an unsigned
 * alias was made of (RFC 6672 §5.3.1), or the denial.
 */
export function statementOf({ answers, authority, rcode }: Reply, name: string, type: number): Statement {
  for (const present of type === TYPE.CNAME ? [type] : [type, TYPE.CNAME]) {
    const set = signedSet(answers, name, present);
    if (set.records.length === 0) continue;
    const dname = present === TYPE.CNAME && set.rrsigs.length === 0 ? dnameFor(set, answers) : undefined;
    return { kind: "present", set: dname ?? set, authority };
  }
  return { kind: "absent", name, type, authority, nxdomain: rcode === RCODE.NXDOMAIN };
}

/** The DNAME above an alias that renames its owner to its very target. */
function dnameFor(alias: SignedSet, answers: readonly ResourceRecord[]): SignedSet | undefined {
  const target = alias.records[0] && readName(alias.records[0].data);
  const dname = answers.find(({ name, type, data }) => {
    if (type !== TYPE.DNAME || name === alias.name || !isAtOrBelow(alias.name, name)) return false;
    const renamed = readName(data);
    const kept = name === "." ? alias.name : alias.name.slice(0, -name.length - 1);
    return target === (renamed === "." ? kept : `${kept}.${renamed}`);
  });
  return dname && signedSet(answers, dname.name, TYPE.DNAME);
}

/** Whether the zone's keys bear out the statement. */
export function checkStatement(statement: Statement, zone: SecureZone): DnssecState {
  if (statement.kind === "absent") {
    const { name, type, authority, nxdomain } = statement;
    return checkAbsence({ name, type }, authority, zone, nxdomain ? "absent" : "exists-or-absent");
  }
  const { set, authority } = statement;
  const check = checkRrset(set.records, set.rrsigs, zone, zone.now, zone.budget);
  if (check.result !== "signed") return failureOf(check, zone.apex, set);
  const { closestEncloser } = check;
  if (closestEncloser === undefined) return { state: "secure" };
  return checkAbsence({ name: set.name, type: set.type, closestEncloser }, authority, zone, "exists-or-absent");
}

function checkAbsence(
  denied: Denied,
  authority: readonly ResourceRecord[],
  zone: SecureZone,
  claimed: "absent" | "exists-or-absent",
): DnssecState {
  const proof = proofOf(denied, authority, zone);
  if ("state" in proof) return proof;
  const contradicts = claimed === "absent" && proof.name === "exists";
  return contradicts ? bogusDenial(denied, zone.apex, "denial-incomplete") : { state: "secure" };
}

/** What the NSEC and NSEC3 records of an authority section prove, or the state that they come to. */
export function proofOf(
  denied: Denied,
  authority: readonly ResourceRecord[],
  zone: SecureZone,
): { name: "exists" | "absent"; cut: boolean } | NotSecure {
  const sound: ResourceRecord[] = [];
  let failure: NotSecure | undefined;
  for (const set of denialSets(authority)) {
    const check = checkRrset(set.records, set.rrsigs, zone, zone.now, zone.budget);
    if (check.result === "too-much-work") return failureOf(check, zone.apex, set);
    if (check.result === "bogus") failure ??= failureOf(check, zone.apex, set);
    // From a wildcard it would be no denial of its own name.
    else if (check.closestEncloser === undefined) sound.push(...recordsAt(set.records, set.name, set.type));
  }
  const { apex } = zone;
  const denial = proveAbsence(denied, apex, sound, zone.budget);
  switch (denial.proof) {
    case "complete":
      return denial;
    case "opt-out":
      return { state: "insecure", zone: apex, reason: "opt-out" };
    case "iterations-insecure":
      return { state: "insecure", zone: apex, reason: "nsec3-iterations" };
    case "too-much-work":
      return { state: "indeterminate", zone: apex, reason: "too-much-work" };
    case "incomplete":
      return failure ?? bogusDenial(denied, apex, "denial-incomplete");
    case "iterations-refused":
      return bogusDenial(denied, apex, "nsec3-iterations");
  }
}

const bogusDenial = ({ name, type }: Denied, zone: string, reason: BogusReason): NotSecure => ({
  state: "bogus",
  zone,
  record: { name, type: typeName(type) },
  reason,
});

function failureOf(check: Exclude<RrsetCheck, { result: "signed" }>, apex: string, set: SignedSet): NotSecure {
  if (check.result === "too-much-work") return { state: "indeterminate", zone: apex, reason: "too-much-work" };
  const { result: _, ...why } = check;
  return { state: "bogus", zone: apex, record: { name: set.name, type: typeName(set.type) }, ...why };
}
