/*
 * Who put a record into a zone: `user` (an operator or a tenant), `import` (a zone file), `import:<domain id>` (selectors of
 * other vendors, which a delegation would hide), `stand-in:<domain id>` (what the customer is to publish in the place of a delegation to us), `kept` (taken over from what a name server
 * served); all others are Chancery's own, by what they are for.
 */

/** Whether an editor may change it. */
export const isEditable = (source: string): boolean => source === "user" || source === "kept" || isImported(source);

/** Whether it was taken over from a file, or from the zone that a delegation takes out of sight. */
export const isImported = (source: string): boolean => source === "import" || source.startsWith("import:");

/** Who puts other vendors' selectors into the zone of a claim. */
export const importSource = (domainId: string): string => `import:${domainId}`;

/** Who answers for a customer's records below a delegation that it is about to take back. */
export const standInSource = (domainId: string): string => `stand-in:${domainId}`;

/** Records of the keys with which Chancery signs a zone, and their signatures: they stay when a file takes the place of the rest. */
export const isOfZoneKeys = (source: string): boolean => source === "dnssec" || source === "dnssec-signature";
