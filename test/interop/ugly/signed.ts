import { nameOf, textOf, type UglyMessage } from "./message.ts";

/** A signed message as octet text, with what its signature says that changes and rows ask for. Read here by the plainest means. */
export type SignedMessage = UglyMessage & {
  /** The topmost field. */
  signature: string;
  header: "simple" | "relaxed";
  bodyRule: "simple" | "relaxed";
  /** `h=` in lower case. */
  signedNames: readonly string[];
  bodyLength: number | undefined;
};

export function signedMessage(signature: string, message: UglyMessage): SignedMessage {
  const tag = (name: string): string | undefined =>
    new RegExp(`(?:^[^:]*:|;)\\s*${name}\\s*=([^;]*)`).exec(signature)?.[1]?.replaceAll(/\s/g, "");
  const [header, bodyRule = "simple"] = (tag("c") ?? "simple/simple").split("/") as ("simple" | "relaxed")[];
  const length = tag("l");
  return {
    ...message,
    signature,
    header: header!,
    bodyRule,
    signedNames: tag("h")!.toLowerCase().split(":"),
    bodyLength: length === undefined ? undefined : Number(length),
  };
}

export const signedOctets = ({ signature, ...message }: SignedMessage): Buffer =>
  textOf({ ...message, fields: [signature, ...message.fields] });

/** How often the message has fields of this name, and how often `h=` names it. */
export const countOf = (message: SignedMessage, name: string): { present: number; signed: number } => ({
  present: message.fields.filter((field) => nameOf(field) === name).length,
  signed: message.signedNames.filter((signed) => signed === name).length,
});

/** The fields that the signature covers: for each name in `h=` the lowest that is not taken yet (RFC 6376 §5.4.2). */
export function coveredFields({ fields, signedNames }: SignedMessage): string[] {
  const left = fields.map((field) => ({ field, name: nameOf(field) }));
  return signedNames.flatMap((name) => {
    const at = left.findLastIndex((entry) => entry.name === name);
    return at < 0 ? [] : [left.splice(at, 1)[0]!.field];
  });
}
