export type { Connect, EnvelopeAddress } from "./events.ts";
export type { Macros } from "./macros.ts";
export { ACTION, PROTOCOL, type MacroStage, type Wanted } from "./negotiate.ts";
export { createPacketReader, formatPacket, packetBytesMaxDefault, type Packet } from "./packet.ts";
export {
  insertOnTop,
  PROGRESS,
  type FinalAction,
  type HeaderChange,
  type MilterOutcome,
  type SmtpReply,
} from "./replies.ts";
export { sessionLimitsDefault, type MilterMessage, type SessionLimits } from "./message-head.ts";
export { createSession, type Session, type Step } from "./session.ts";
