/** The longest DNS name in text, no final dot (RFC 1035 §2.3.4). */
export const keyNameOctetsMax = 253;

/** Where the key record of a signature stands (RFC 6376 §3.6.2.1); no final dot. */
export const keyNameOf = ({ selector, signingDomain }: { selector: string; signingDomain: string }): string =>
  `${selector}._domainkey.${signingDomain}`;
