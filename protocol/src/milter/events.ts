import { octetText } from "../mail/octets.ts";
import { type Parsed, parsed, unparsed } from "../parsed.ts";
import type { Macros } from "./macros.ts";
import type { Packet } from "./packet.ts";

/** Who is at the other end of the SMTP connection. `address` is undefined for a family that has none. */
export type Connect = {
  hostname: string;
  family: "inet" | "inet6" | "unix" | "unknown";
  port: number;
  address: string | undefined;
};

/** An address of the envelope without its angle brackets ("" for the null sender), and its ESMTP parameters. */
export type EnvelopeAddress = {
  address: string;
  parameters: readonly string[];
  /** The parameters hold SMTPUTF8 (RFC 6531). */
  smtputf8: boolean;
  /** The value of BODY= (RFC 6152), upper-case: "7BIT", "8BITMIME". */
  bodyType: string | undefined;
};

export type MilterEvent =
  | { kind: "negotiate"; offer: Uint8Array }
  | { kind: "macros"; command: string; macros: Macros }
  | { kind: "connect"; connect: Connect }
  | { kind: "helo"; name: string }
  | { kind: "mail"; sender: EnvelopeAddress }
  | { kind: "rcpt"; recipient: EnvelopeAddress }
  | { kind: "data" }
  | { kind: "header"; name: string; value: string }
  | { kind: "end-of-header" }
  | { kind: "body"; chunk: Uint8Array }
  | { kind: "end-of-message"; chunk: Uint8Array }
  | { kind: "abort" }
  | { kind: "quit" }
  | { kind: "quit-new-connection" }
  | { kind: "unknown-command" };

/** Reads one packet from the MTA. Name and value of a header event are octet text, still as sent: folds as LF. */
export function parseEvent({ command, payload }: Packet): Parsed<MilterEvent> {
  switch (command) {
    case "O":
      return parsed({ kind: "negotiate", offer: payload });
    case "D":
      return parseMacros(payload);
    case "C":
      return parsed({ kind: "connect", connect: parseConnect(payload) });
    case "H":
      return parsed({ kind: "helo", name: text(untilNul(payload, 0)) });
    case "M":
      return parsed({ kind: "mail", sender: parseAddress(payload) });
    case "R":
      return parsed({ kind: "rcpt", recipient: parseAddress(payload) });
    case "T":
      return parsed({ kind: "data" });
    case "L":
      return parseHeader(payload);
    case "N":
      return parsed({ kind: "end-of-header" });
    case "B":
      return parsed({ kind: "body", chunk: payload });
    case "E":
      return parsed({ kind: "end-of-message", chunk: payload });
    case "A":
      return parsed({ kind: "abort" });
    case "Q":
      return parsed({ kind: "quit" });
    case "K":
      return parsed({ kind: "quit-new-connection" });
    case "U":
      return parsed({ kind: "unknown-command" });
    default:
      return unparsed(`an unknown milter command, octet ${command.charCodeAt(0)}`, 0);
  }
}

/** Stage octet, then name NUL value NUL pairs. A missing value or NUL is no error: the value is then empty. */
function parseMacros(payload: Uint8Array): Parsed<MilterEvent> {
  const macros = new Map<string, string>();
  const strings = splitNul(payload.subarray(1));
  for (let i = 0; i < strings.length; i += 2) {
    const name = strings[i] ?? "";
    const bare = name.startsWith("{") && name.endsWith("}") ? name.slice(1, -1) : name;
    if (bare !== "") macros.set(bare, strings[i + 1] ?? "");
  }
  return parsed({ kind: "macros", command: String.fromCharCode(payload[0] ?? 0), macros });
}

/** Host name NUL family, and for the families that have them: port (two octets), address NUL. */
function parseConnect(payload: Uint8Array): Connect {
  const name = untilNul(payload, 0);
  const hostname = text(name);
  const at = name.length + 1;
  const family = String.fromCharCode(payload[at] ?? 0);
  const port = (payload[at + 1] ?? 0) * 256 + (payload[at + 2] ?? 0);
  const address = text(untilNul(payload, at + 3));
  if (family === "4") return { hostname, family: "inet", port, address };
  if (family === "6") return { hostname, family: "inet6", port, address: address.replace(/^IPv6:/i, "") };
  if (family === "L") return { hostname, family: "unix", port: 0, address };
  return { hostname, family: "unknown", port: 0, address: undefined };
}

function parseAddress(payload: Uint8Array): EnvelopeAddress {
  const [path = "", ...parameters] = splitNul(payload);
  const start = path.startsWith("<") ? 1 : 0;
  const end = path.endsWith(">") ? path.length - 1 : path.length;
  const upper = parameters.map((parameter) => parameter.toUpperCase());
  return {
    address: path.slice(start, Math.max(start, end)),
    parameters,
    smtputf8: upper.includes("SMTPUTF8"),
    bodyType: upper.find((parameter) => parameter.startsWith("BODY="))?.slice(5),
  };
}

function parseHeader(payload: Uint8Array): Parsed<MilterEvent> {
  const name = untilNul(payload, 0);
  if (name.length === 0) return unparsed("a header field without a name", 0);
  return parsed({ kind: "header", name: octetText(name), value: octetText(untilNul(payload, name.length + 1)) });
}

/** Puts the CR back that the MTA took from each fold. A CRLF that is there stays as it is. */
export const restoreFolds = (value: string): string => value.replace(/\r?\n/g, "\r\n");

function untilNul(octets: Uint8Array, offset: number): Uint8Array {
  const end = octets.indexOf(0, offset);
  return octets.subarray(offset, end === -1 ? octets.length : end);
}

function splitNul(octets: Uint8Array): string[] {
  const strings: string[] = [];
  for (let offset = 0; offset < octets.length;) {
    const part = untilNul(octets, offset);
    strings.push(text(part));
    offset += part.length + 1;
  }
  return strings;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8; what is not becomes U+FFFD, so that a broken name never equals one that somebody configured. */
function text(octets: Uint8Array): string {
  return utf8.decode(octets);
}
