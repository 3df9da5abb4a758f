import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { questionEnd } from "../message/bare-reply.ts";
import { parseMessage, type Edns } from "../message/message.ts";
import { parseName } from "../name/name.ts";
import { CLASS, readSoa, TYPE } from "../record/record.ts";

/** A request for a zone: all of it, or what changed since a serial. */
export type TransferRequest = {
  /** Of the zone, canonical. */
  origin: string;
  /** Header and question, as they came. */
  question: Uint8Array;
  edns: Edns | undefined;
} & ({ kind: "axfr" } | { kind: "ixfr"; serial: number });

/** Reads AXFR (RFC 5936 §2.1) or IXFR (RFC 1995 §3), which has the client's SOA in its authority section. The TSIG record is gone already. */
export function readTransferRequest(bytes: Uint8Array): Parsed<TransferRequest> {
  const message = parseMessage(bytes);
  if (!message.ok) return message;
  const { questions, authority, edns } = message.value;
  const [question] = questions;
  const end = questionEnd(bytes);
  if (!question || end === undefined) return unparsed("not one question", 4);
  if (question.class !== CLASS.IN) return unparsed("a class other than IN", end - 2);
  const origin = parseName(question.name);
  if (!origin.ok) return origin;
  const request = { origin: origin.value, question: bytes.subarray(0, end), edns };
  if (question.type === TYPE.AXFR) return parsed({ ...request, kind: "axfr" });
  if (question.type !== TYPE.IXFR) return unparsed("not a transfer", end - 4);
  const [soa] = authority;
  if (authority.length !== 1 || soa?.type !== TYPE.SOA || soa.name !== origin.value || soa.class !== undefined)
    return unparsed("IXFR without the client's SOA", end);
  return parsed({ ...request, kind: "ixfr", serial: readSoa(soa.data).serial });
}
