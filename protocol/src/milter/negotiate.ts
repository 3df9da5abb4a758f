import { type Parsed, parsed, unparsed } from "../parsed.ts";
import { formatPacket, joinBytes, readUint32, writeUint32 } from "./packet.ts";

/** What a filter may do to a message (SMFIF_). */
export const ACTION = {
  ADDHDRS: 0x1,
  CHGBODY: 0x2,
  ADDRCPT: 0x4,
  DELRCPT: 0x8,
  CHGHDRS: 0x10,
  QUARANTINE: 0x20,
  CHGFROM: 0x40,
  ADDRCPT_PAR: 0x80,
  SETSYMLIST: 0x100,
} as const;

/** Which events are sent, which are answered, and how (SMFIP_). */
export const PROTOCOL = {
  NOCONNECT: 0x1,
  NOHELO: 0x2,
  NOMAIL: 0x4,
  NORCPT: 0x8,
  NOBODY: 0x10,
  NOHDRS: 0x20,
  NOEOH: 0x40,
  NR_HDR: 0x80,
  NOUNKNOWN: 0x100,
  NODATA: 0x200,
  SKIP: 0x400,
  RCPT_REJ: 0x800,
  NR_CONN: 0x1000,
  NR_HELO: 0x2000,
  NR_MAIL: 0x4000,
  NR_RCPT: 0x8000,
  NR_DATA: 0x1_0000,
  NR_UNKN: 0x2_0000,
  NR_EOH: 0x4_0000,
  NR_BODY: 0x8_0000,
  HDR_LEADSPC: 0x10_0000,
  MDS_256K: 0x1000_0000,
  MDS_1M: 0x2000_0000,
} as const;

/** The no-reply bit of each event that has one. The end of the header has one too, but there is our first decision. */
export const NO_REPLY: ReadonlyMap<string, number> = new Map([
  ["C", PROTOCOL.NR_CONN],
  ["H", PROTOCOL.NR_HELO],
  ["M", PROTOCOL.NR_MAIL],
  ["R", PROTOCOL.NR_RCPT],
  ["T", PROTOCOL.NR_DATA],
  ["U", PROTOCOL.NR_UNKN],
  ["L", PROTOCOL.NR_HDR],
  ["N", PROTOCOL.NR_EOH],
  ["B", PROTOCOL.NR_BODY],
]);

/** A signer needs every event but DATA and unknown commands, decides at the end of the header and of the body only. */
const wantedProtocol =
  PROTOCOL.NOUNKNOWN |
  PROTOCOL.NODATA |
  PROTOCOL.NR_CONN |
  PROTOCOL.NR_HELO |
  PROTOCOL.NR_MAIL |
  PROTOCOL.NR_RCPT |
  PROTOCOL.NR_DATA |
  PROTOCOL.NR_UNKN |
  PROTOCOL.NR_HDR |
  PROTOCOL.NR_BODY |
  PROTOCOL.SKIP |
  PROTOCOL.HDR_LEADSPC;

/** The stages for which macros can be asked, with their numbers on the wire. */
const symbolStages = { connect: 0, helo: 1, mail: 2, rcpt: 3, data: 4, endOfMessage: 5, endOfHeader: 6 } as const;
export type MacroStage = keyof typeof symbolStages;

/** What we ask of the MTA. */
export type Wanted = {
  /** ACTION bits without which there is no session. */
  requiredActions: number;
  /** ACTION bits taken where offered. Absent: none. */
  optionalActions?: number;
  /** Macro names by stage, asked for where the MTA lets us (braces are put on). Absent: what the MTA is set to send. */
  macros?: Partial<Record<MacroStage, readonly string[]>>;
};

export type Agreed = { version: number; actions: number; protocol: number };

const versionMin = 2;
const versionMax = 6;

/**
 * Answers the MTA's offer (OPTNEG): the lower version, and of what we want only what is offered. A problem means that
 * the connection has to be closed, which is how a filter refuses.
 */
export function negotiate(offer: Uint8Array, wanted: Wanted): Parsed<{ agreed: Agreed; reply: Uint8Array }> {
  if (offer.length < 12) return unparsed("the MTA's offer is shorter than 12 octets", offer.length);
  const offeredVersion = readUint32(offer, 0);
  const offeredActions = readUint32(offer, 4);
  const offeredProtocol = readUint32(offer, 8);
  if (offeredVersion < versionMin) return unparsed(`the MTA speaks milter version ${offeredVersion}`, 0);

  const missing = wanted.requiredActions & ~offeredActions;
  if (missing !== 0) return unparsed(`the MTA does not offer ${actionNames(missing)}`, 4);

  const askMacros = wanted.macros === undefined ? 0 : ACTION.SETSYMLIST;
  const agreed: Agreed = {
    version: Math.min(offeredVersion, versionMax),
    actions: (wanted.requiredActions | (wanted.optionalActions ?? 0) | askMacros) & offeredActions,
    protocol: wantedProtocol & offeredProtocol,
  };
  const fixed = new Uint8Array(12);
  writeUint32(fixed, 0, agreed.version);
  writeUint32(fixed, 4, agreed.actions);
  writeUint32(fixed, 8, agreed.protocol);
  const symbols = (agreed.actions & ACTION.SETSYMLIST) === 0 ? [] : formatSymbols(wanted.macros ?? {});
  return parsed({ agreed, reply: formatPacket("O", joinBytes([fixed, ...symbols])) });
}

function formatSymbols(macros: Partial<Record<MacroStage, readonly string[]>>): Uint8Array[] {
  return Object.entries(symbolStages).flatMap(([stage, number]) => {
    const names = macros[stage as MacroStage];
    if (names === undefined) return [];
    const list = Buffer.from(names.map((name) => (name.length === 1 ? name : `{${name}}`)).join(" "), "latin1");
    const entry = new Uint8Array(4 + list.length + 1);
    writeUint32(entry, 0, number);
    entry.set(list, 4);
    return [entry];
  });
}

function actionNames(bits: number): string {
  return Object.entries(ACTION)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(", ");
}
