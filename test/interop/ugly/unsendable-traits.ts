import { setField, type Trait } from "./message.ts";

/** What we refuse to sign, and others do not: transfer would change it, or readers and verifiers would choose different fields. */
export const unsendable: Record<string, Trait> = {
  "LF alone in the body": (message) => (message.body = `a\nb\r\n${message.body}`),
  "LF alone at the body's end": (message) => (message.body = "a\n\n"),
  "CR alone in the body": (message) => (message.body = `a\rb \r\n${message.body}`),
  "CR alone at the body's end": (message) => (message.body = "a\r"),
  "LF alone in a field": (message) => setField(message, "Subject: a\n b"),
  "CR alone in a field": (message) => setField(message, "Subject: a\rb"),
  "NUL in the body": (message) => (message.body = `a\0b\r\n${message.body}`),
  "NUL in a field": (message) => setField(message, "Subject: a\0b"),
  "a line over 998 octets": (message) => (message.body = `${"x ".repeat(2000)}\r\n`),
  "a field over 998 octets": (message) => setField(message, `Subject: ${"x".repeat(3000)}`),
  "two From fields": (message) => message.fields.push("From: Eve <eve@example.net>\r\n"),
  "two Subject fields": (message) => message.fields.push("Subject: another\r\n"),
};
