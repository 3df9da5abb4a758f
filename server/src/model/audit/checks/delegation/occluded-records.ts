import { type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";

/** AUD-D-08: records that stayed in a zone below a cut that was made later (RFC 2181 §6.1). */
export const nothingIsOccluded: Check = {
  name: "nothing-is-occluded",
  title: "No record is hidden below a delegation",
  codes: ["OccludedRecords"],
  look: ({ delegation }) => {
    const occluded = delegation?.occluded;
    if (occluded === undefined) return needsEvidence("the zone as a file (--dns FILE): no server shows what it hides");
    if (occluded.length === 0) return doesNotApply;
    return outcomeOf(
      [...Map.groupBy(occluded, ({ cut }) => cut)].map(([cut, hidden]) => ({
        code: "OccludedRecords",
        severity: "medium",
        subject: cut,
        summary: `${cut} is delegated, which hides ${hidden.length === 1 ? hidden[0]?.name : `${hidden.length} names`} in the zone above`,
        evidence: hidden.map(({ name }) => `${name} stands below the NS records of ${cut}`),
        remedy:
          "hand those records to whoever runs the delegated zone, see that they are served there, then remove them here",
        commands: /^[\w.-]+$/.test(cut) ? [`dig +trace ${cut} NS`] : [],
      })),
    );
  },
};
