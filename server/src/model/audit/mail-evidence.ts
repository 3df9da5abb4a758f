/** What messages at hand show. */
export type MailEvidence = { messages: number };
