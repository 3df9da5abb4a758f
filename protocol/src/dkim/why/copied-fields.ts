import { headerField, type HeaderField } from "../../mail/header.ts";
import { dropFws } from "../signature/base64.ts";
import { parseTagList } from "../signature/tag-list.ts";

const copiedFieldsMax = 200;

/**
 * The fields that the signer copied into `z=` (RFC 6376 §3.5), in its order; empty when there is no `z=`. They are a hint for
 * people and prove nothing: a signature is never checked against them alone.
 */
export function copiedFields(signatureRaw: string): HeaderField[] {
  const value = signatureRaw.slice(signatureRaw.indexOf(":") + 1).replace(/\r\n$/, "");
  const list = parseTagList(value);
  const copied = list.ok ? list.value.get("z") : undefined;
  if (copied === undefined) return [];
  return dropFws(copied.value)
    .split("|", copiedFieldsMax)
    .filter((text) => text.includes(":"))
    .map((text) => headerField(`${decode(text)}\r\n`));
}

/** dkim-quoted-printable (RFC 6376 §2.11). */
const decode = (text: string): string =>
  text.replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
