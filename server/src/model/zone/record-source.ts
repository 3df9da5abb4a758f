/*
 * Who put a record into a zone: `user` (an operator or a tenant), `import` (a zone file), `kept` (taken over from what a name server
 * served); all others are Chancery's own, by what they are for.
 */

/** Whether an editor may change it. */
export const isEditable = (source: string): boolean => source === "user" || source === "import" || source === "kept";

/** Records of the keys with which Chancery signs a zone, and their signatures: they stay when a file takes the place of the rest. */
export const isOfZoneKeys = (source: string): boolean => source === "dnssec" || source === "dnssec-signature";
