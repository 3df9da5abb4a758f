import type { Evaluation } from "./evaluation.ts";

export type SmtpReply = { code: 550 | 451; enhancedCode: string; text: string };

/** The reply that refuses or defers the message (RFC 9989 §7.2); undefined when the disposition is to take it. */
export function smtpReply({ disposition, authorDomain = "the From domain" }: Evaluation): SmtpReply | undefined {
  switch (disposition) {
    case "none":
    case "quarantine":
      return undefined;
    case "reject":
      return {
        code: 550,
        enhancedCode: "5.7.1",
        text: `DMARC: ${authorDomain} asks to reject mail that neither DKIM nor SPF authenticates for it`,
      };
    case "defer":
      return {
        code: 451,
        enhancedCode: "4.7.1",
        text: `DMARC: the DNS did not answer for ${authorDomain}, try again later`,
      };
  }
}
