import { coveredFields } from "../../ugly/signed.ts";
import type { Case } from "../cases.ts";

// What the rows ask of a case.

export const relaxedBody = ({ message }: Case): boolean => message.bodyRule === "relaxed";
export const simpleBody = ({ message }: Case): boolean => message.bodyRule === "simple";

/** The body's last line has no CRLF. */
export const endsInNoCrlf = ({ message: { body } }: Case): boolean => body !== "" && !body.endsWith("\r\n");
/** Such a last line ends in white space, and has something before it. */
export const endsInTextAndBlanks = ({ message: { body } }: Case): boolean => /[^ \t\r\n][ \t]+$/.test(body);
export const endsInBlank = ({ message: { body } }: Case): boolean => /[ \t]$/.test(body);

export const loneLf = /(?<!\r)\n/;
export const loneCr = /\r(?!\n)/;
export const loneCrOrLf = /\r(?!\n)|(?<!\r)\n/;
export const becameLf = ({ change }: Case): boolean => change === "CRLF in the body turned into LF";

/** A field that `h=` covers is like that; the second asks only where the header is canonicalized by the relaxed rule. */
export const inSignedField = ({ message }: Case, pattern: RegExp): boolean =>
  coveredFields(message).some((field) => pattern.test(field));
export const inRelaxedField = (whole: Case, pattern: RegExp): boolean =>
  whole.message.header === "relaxed" && inSignedField(whole, pattern);

/** Any field, signed or not, has such a thing between name and colon. */
export const beforeAnyColon = ({ message }: Case, pattern: RegExp): boolean =>
  message.fields.some((field) => pattern.test(field.slice(0, field.indexOf(":"))));

/** `h=` names one of these, and the message has several fields of that name, with nothing between name and colon. */
export const severalOf = ({ message }: Case, names: readonly string[]): boolean =>
  names.some(
    (name) =>
      message.signedNames.includes(name) &&
      message.fields.filter((field) => field.toLowerCase().startsWith(`${name}:`)).length > 1,
  );

/** The tags of the signature as they stand, from the first octet behind the colon or `;` to the next `;`. */
export const tagsOf = ({ message: { signature } }: Case): string[] =>
  signature.slice(signature.indexOf(":") + 1).split(";");
/** The one of `b=`, if there is a signature. */
export const tagOfB = (whole: Case): string => tagsOf(whole).find((tag) => /^\s*b\s*=/.test(tag)) ?? "";
