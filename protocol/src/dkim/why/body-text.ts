import type { HeaderField } from "../../mail/header.ts";

/** A body as octet text, and the message's fields, which say how it is to be read. */
export type BodyText = { text: string; fields: readonly HeaderField[] };

/** A body as it may have been when it was signed. */
export type BodyVariant = {
  text: string;
  /** What to show; absent: the first line that differs. */
  evidence?: { line?: number; found?: string };
};
