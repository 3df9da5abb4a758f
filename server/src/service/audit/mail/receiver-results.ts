import { parse, type AuthenticationResults, type MethodResult } from "chancery/authres";
import { decodeUtf8, fieldValue, type HeaderField } from "chancery/mail";

/** What the receiver of a message wrote of it. */
export type ReceiverResults = {
  /** Its authserv-id. */
  receiver: string;
  results: readonly MethodResult[];
};

/**
 * The results of the last receiver: of the topmost Authentication-Results field, and of others by the same authserv-id that
 * stand with it, above the next Received field. Who has the file of a message knows where it comes from; what a sender wrote
 * stands further down (RFC 8601 §1.6).
 */
export function receiverResults(header: readonly HeaderField[]): ReceiverResults | undefined {
  let receiver: string | undefined;
  const results: MethodResult[] = [];
  for (const field of header) {
    if (field.lowerName === "received" && receiver !== undefined) break;
    if (field.lowerName !== "authentication-results") continue;
    const read = readResults(field);
    if (read === undefined || (receiver !== undefined && read.authservId.toLowerCase() !== receiver.toLowerCase()))
      continue;
    receiver ??= read.authservId;
    results.push(...read.results);
  }
  return receiver === undefined ? undefined : { receiver, results };
}

function readResults(field: HeaderField): AuthenticationResults | undefined {
  const octets = fieldValue(field);
  const value = decodeUtf8(octets) ?? octets;
  return parse(value) ?? parse(asStandard(value));
}

/** Exchange Online leaves its own name out, and writes a property of DMARC without saying of what. */
const asStandard = (value: string): string =>
  /^\s*(?:spf|dkim|dmarc)\s*=/i.test(value) ? `outlook.com; ${value.replace(/\baction=[a-z.]{1,40}/gi, "")}` : value;

export const propertyOf = ({ properties }: MethodResult, ptype: string, name: string): string | undefined =>
  properties.find((one) => one.ptype === ptype && one.property === name)?.value;
