import type { CustomerRecord } from "@chancery/api";
import { dataText, isAskedFor } from "../records-text.ts";

type ResourceRecordSet = { Name: string; Type: string; TTL: number; ResourceRecords: { Value: string }[] };
type Change = { Action: "CREATE" | "UPSERT"; ResourceRecordSet: ResourceRecordSet };

/**
 * A change batch for `aws route53 change-resource-record-sets`: what is not there is created, so that nothing is ever overwritten
 * unseen; what was seen to be wrong is replaced. Texts that stand beside the proof of control stay.
 */
export function route53Batch(
  domain: string,
  records: readonly CustomerRecord[],
): { Comment: string; Changes: Change[] } {
  const wanted = records.filter((record) => isAskedFor(record) && record.type !== "DS");
  const sets = Map.groupBy(wanted, ({ name, type }) => `${name} ${type}`);
  const changes = [...sets.values()].flatMap((set): Change[] => {
    const [first] = set;
    if (first === undefined || set.every(({ state }) => state === "present")) return [];
    const { name, type, ttl, purpose } = first;
    const beside = purpose === "proof of control" ? (first.found ?? []) : [];
    const values = [...beside.map((text) => dataText(type, text)), ...set.map((one) => dataText(type, one.data))];
    return [
      {
        Action: set.some(({ state }) => state === "wrong") ? "UPSERT" : "CREATE",
        ResourceRecordSet: {
          Name: `${name}.`,
          Type: type,
          TTL: ttl,
          ResourceRecords: [...new Set(values)].map((Value) => ({ Value })),
        },
      },
    ];
  });
  return { Comment: `DNS records for signing mail as ${domain}`, Changes: changes };
}
