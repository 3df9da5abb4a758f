/**
 * Decodes base64 that may be folded (RFC 6376 §2.10). Padding and the unused bits of the last character must be right, so one
 * value has one spelling; `padding: "optional"` lets the `=` at the end be missing. Undefined when it is not base64.
 */
export function decodeBase64(text: string, padding: "required" | "optional" = "required"): Buffer | undefined {
  const joined = dropFws(text);
  const octets = Buffer.from(joined, "base64");
  const spelling = octets.toString("base64");
  if (spelling === joined) return octets;
  return padding === "optional" && spelling.replace(/=+$/, "") === joined ? octets : undefined;
}

/** Without white space anywhere. */
export const dropFws = (text: string): string => text.replace(/[ \t\r\n]+/g, "");
