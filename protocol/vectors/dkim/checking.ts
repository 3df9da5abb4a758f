// For tests: one signature on a message, and what the verifier says of it.
import { expect } from "vitest";
import type { Verification, VerifyOptions } from "../../src/dkim/verify/verification.ts";
import { verify } from "../../src/dkim/verify/verify.ts";
import { body, forge, header, keyRecords, now, octets, resolver, signatureTemplate } from "./example.ts";

export const known = resolver(keyRecords);
export const check = (text: string, options: Partial<VerifyOptions> = {}): Promise<Verification[]> =>
  verify(octets(text), { resolveTxt: known, now, ...options });
/** The message with one signature on top, made from the template's tags. */
export const signed = (changes: Record<string, string | undefined> = {}, parts: Parameters<typeof forge>[1] = {}): string =>
  `${forge(signatureTemplate(changes), parts)}${parts?.header ?? header}\r\n${parts?.body ?? body}`;
export const only = async (text: string, options: Partial<VerifyOptions> = {}): Promise<Verification> => {
  const verifications = await check(text, options);
  expect(verifications.length).toBe(1);
  return verifications[0]!;
};
/** `pass`, or the word and the reason. */
export const outcome = async (text: string, options: Partial<VerifyOptions> = {}): Promise<string> => {
  const { result, reason } = await only(text, options);
  return reason === undefined ? result : `${result} ${reason}`;
};

