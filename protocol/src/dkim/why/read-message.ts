import { splitHeaderUpToLimit, type HeaderField } from "../../mail/header.ts";
import { feedMessageHere } from "../../mail/message.ts";
import { nextTurn } from "../../mail/next-turn.ts";
import { octetText } from "../../mail/octets.ts";
import { indexFields, type FieldIndex } from "../hash/header-hash.ts";

/** A message as the searches want it. */
export type ReadMessage = {
  fields: readonly HeaderField[];
  index: FieldIndex;
  body: Uint8Array;
  /** The body as octet text; undefined when it is too long to be searched. */
  text: string | undefined;
};

/** A longer body is hashed and not searched: its header is explained, its own change is not named. */
export const explainedBodyOctetsMax = 32 * 1024 * 1024;

export async function readMessage(message: Uint8Array): Promise<ReadMessage> {
  let fields: readonly HeaderField[] = [];
  let body: Uint8Array = new Uint8Array(0);
  feedMessageHere(message, {
    header: (block) => ({ fields } = splitHeaderUpToLimit(block)),
    body: (chunk) => (body = chunk),
  });
  await nextTurn();
  const text = body.length > explainedBodyOctetsMax ? undefined : octetText(body);
  await nextTurn();
  return { fields, index: indexFields(fields), body, text };
}
