import { type Catalogue, parseCatalogue } from "./catalogue.ts";

/** An entry as a contributor writes it, without what a test does not care for. */
export const entry = (id: string, members: object = {}): { file: string; text: string } => ({
  file: `${id}.json`,
  text: JSON.stringify({
    id,
    name: id.toUpperCase(),
    kind: "sender",
    modes: ["cname"],
    key: { scope: "per-customer", rotation: "provider" },
    evidence: { confidence: "high", checked: "2026-01-31", sources: ["a test"] },
    ...members,
  }),
});

export function catalogueOf(...files: { file: string; text: string }[]): Catalogue {
  const read = parseCatalogue({ version: "2026.1.1", files });
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}
