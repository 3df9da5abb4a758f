import { shown } from "./table.ts";

/** How much our signers have used a key, for whoever is about to take it away. */
export const usesText = ({
  lastUsedAt,
  signatures,
  recentSignatures,
}: {
  lastUsedAt: number | null;
  signatures: number;
  recentSignatures: number;
}): string =>
  lastUsedAt === null
    ? "none"
    : `${shown.time(lastUsedAt)}; ${signatures} signatures so far, ${recentSignatures} of them in the last 14 days`;
