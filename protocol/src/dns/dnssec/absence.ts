import { TYPE, type ResourceRecord } from "../record/record.ts";
import type { Denial, Denied } from "./denial.ts";
import { denyByNsec, readNsec } from "./nsec.ts";
import { denyByNsec3, readNsec3 } from "./nsec3.ts";
import type { WorkBudget } from "./state.ts";

export type { Denial, Denied } from "./denial.ts";

/**
 * What NSEC and NSEC3 records of the zone `apex` prove about what is said not to be there. `records` are those whose
 * signatures were found valid and that came from no wildcard; other types and unsound ones are left out.
 */
export function proveAbsence(
  denied: Denied,
  apex: string,
  records: readonly ResourceRecord[],
  budget: WorkBudget,
): Denial {
  const nsecs = records.filter((record) => record.type === TYPE.NSEC).map(readNsec);
  const denial = denyByNsec(
    denied,
    apex,
    nsecs.flatMap((nsec) => (nsec.ok ? [nsec.value] : [])),
  );
  if (denial.proof === "complete") return denial;
  const nsec3s = records.filter((record) => record.type === TYPE.NSEC3).map((record) => readNsec3(record, apex));
  return denyByNsec3(
    denied,
    apex,
    nsec3s.flatMap((nsec3) => (nsec3.ok ? [nsec3.value] : [])),
    budget,
  );
}
