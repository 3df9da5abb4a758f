import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import type { KeptRecordProblem } from "./kept-record.ts";

const bare = (name: string): string => name.replace(/\.$/, "").toLowerCase();

/** The name servers that the parent lists for a zone beside ours. */
export function foreignHosts(hosts: readonly string[], { answers }: NameObservation): string[] {
  const ours = new Set(hosts.map(bare));
  const listed = answers.flatMap(({ said }) =>
    said.kind === "answer" ? said.records.flatMap(({ type, data }) => (type === "NS" ? bare(data) : [])) : [],
  );
  return [...new Set(listed)].filter((host) => !ours.has(host)).toSorted();
}

/** The parent lists our name servers, and others as well: whoever asks those finds no key of ours. */
export function strayHosts(zone: string, foreign: readonly string[], open: readonly string[]): KeptRecordProblem[] {
  const evidence = foreign.map((host) => `the parent lists ${host}, which is none of ours`);
  const remedy = `take ${foreign.join(", ")} out of the NS records of ${zone}`;
  if (open.length > 0)
    return [
      {
        code: "TakeoverRisk",
        severity: "critical",
        problem: `${zone} is delegated to a name server of ${open.join(", ")}, which is not registered: whoever registers it answers for ${zone}`,
        evidence,
        remedy: `${remedy}, today`,
      },
    ];
  if (foreign.length === 0) return [];
  return [
    {
      code: "ParentMismatch",
      severity: "medium",
      problem: "the parent delegates the zone to us and to other name servers: whoever asks those finds no key of ours",
      evidence,
      remedy,
    },
  ];
}

/** Servers that answer, and not for this zone. */
const lameReasons: ReadonlySet<string> = new Set(["lame", "refused"]);

/** The reason why a server is lame for the zone it was asked about; undefined: it is not. */
const lameness = ({ said }: ServerAnswer): string | undefined =>
  said.kind === "unknown" && lameReasons.has(said.reason) ? said.reason : undefined;

/** Whether every server that is listed for a zone is lame. One that keeps silent may be something else (I-12). */
export const isAllLame = ({ answers }: NameObservation): boolean =>
  answers.length > 0 && answers.every((answer) => lameness(answer) !== undefined);

/** A zone is delegated to us, and a server that is listed for it does not have it: the fault is on our side. */
export function lameServers(zone: string, { answers }: NameObservation): KeptRecordProblem[] {
  const lame = answers.flatMap((answer) => {
    const how = lameness(answer);
    return how === undefined ? [] : [`${answer.address}: ${how}`];
  });
  if (lame.length === 0) return [];
  return [
    {
      code: "LameDelegation",
      severity: "high",
      subject: zone,
      problem: `a name server that is listed for ${zone} does not answer for it`,
      evidence: [...new Set(lame)],
      remedy:
        "nothing for you to do: whoever runs this Chancery has to see why its name servers do not have the zone (chancery doctor)",
    },
  ];
}
