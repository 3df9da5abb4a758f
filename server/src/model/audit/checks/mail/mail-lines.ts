import type { SeenMessage } from "../../evidence/mail.ts";

const messagesShownMax = 5;

/** Lines of evidence: a few messages, each with what is said of it, and how many more there are. */
export function messageLines(messages: readonly SeenMessage[], say: (message: SeenMessage) => string): string[] {
  const shown = messages.slice(0, messagesShownMax).map((message) => `${message.file}: ${say(message)}`);
  const more = messages.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** What is said of the signatures of a message, one after the other. */
export const signatureLine = ({ signatures }: SeenMessage): string =>
  signatures.length === 0
    ? "no DKIM-Signature"
    : signatures
        .map(({ signingDomain, selector, now, told }) => {
          const why = now.reason === undefined ? "" : ` (${now.reason})`;
          const then = told === undefined ? "" : `, ${told} when it was received`;
          return `d=${signingDomain ?? "?"} s=${selector ?? "?"}: ${now.result}${why}${then}`;
        })
        .join("; ");

export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

export const oneOf = (names: readonly string[]): string => names.join(", ");
