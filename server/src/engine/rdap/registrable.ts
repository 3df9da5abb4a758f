import { parse } from "tldts";

/** The domain that a registry registers for a name of ours: one label below a public suffix (ICANN's part of the list). */
export const registrableOf = (zone: string): string => parse(zone, { allowPrivateDomains: false }).domain ?? zone;
