/** DNSKEY, CDS and CDNSKEY records, by whom our records of a zone's keys are known. */
export const keySource = "dnssec";
/** RRSIG and NSEC records of pre-signed zones. */
export const signatureSource = "dnssec-signature";
