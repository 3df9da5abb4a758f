/** The name at which control of a domain is proven. */
export const challengeName = (domain: string): string => `_chancery-challenge.${domain}`;
