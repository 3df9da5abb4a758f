/** The records around DKIM: DMARC, SPF, MX and the like. */
export type DomainEvidence = { domain: string };
