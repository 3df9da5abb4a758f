import { parseMessage, rcodeName, rdataText, typeName, type Message, type ResourceRecord } from "chancery/dns";

/** An answer without what does not matter: the order of records, the case of names, the compression. */
export type Outcome = {
  rcode: string;
  /** Those that are set, and `edns`, and `do`. */
  flags: string[];
  truncated: boolean;
  /** Codes of the EDNS options, an extended error with its own. */
  options: string[];
  question: string;
  answer: string[];
  authority: string[];
  additional: string[];
};

/** In small letters. */
export const recordText = ({ name, ttl, type, class: recordClass, data }: ResourceRecord): string =>
  `${name} ${ttl} ${recordClass ?? ""}${typeName(type)} ${rdataText(type, data)}`.toLowerCase();
const section = (records: readonly ResourceRecord[]): string[] => records.map(recordText).sort();

function flagsOf(message: Message): string[] {
  const { response, authoritative, recursionDesired, recursionAvailable, authenticData, checkingDisabled } = message;
  const flags = {
    qr: response,
    aa: authoritative,
    rd: recursionDesired,
    ra: recursionAvailable,
    ad: authenticData,
    cd: checkingDisabled,
    edns: message.edns !== undefined,
    do: message.edns?.dnssecOk === true,
  };
  return Object.entries(flags)
    .flatMap(([flag, isSet]) => (isSet ? [flag] : []))
    .sort();
}

/** Throws on octets that are no message: nobody may send such. */
export function outcomeOf(octets: Uint8Array): Outcome {
  const parsed = parseMessage(octets);
  if (!parsed.ok) throw new Error(`${parsed.problem}: ${Buffer.from(octets).toString("hex")}`);
  const message = parsed.value;
  return {
    rcode: rcodeName(message.rcode),
    flags: flagsOf(message),
    truncated: message.truncated,
    options: (message.edns?.options ?? []).map(({ code, data }) => (code === 15 ? `EDE ${data[1]}` : `${code}`)),
    question: message.questions.map(({ name, type, class: queryClass }) => `${name} ${type} ${queryClass}`).join(),
    answer: section(message.answers),
    authority: section(message.authority),
    additional: section(message.additional),
  };
}

/** Where the aliases of an answer lead from this name, in small letters; of a loop any name. */
export function chainEnd({ answer }: Outcome, name: string): string {
  const aliases = new Map(
    answer.flatMap((record) => {
      const [owner = "", , type, target = ""] = record.split(" ");
      return type === "cname" ? [[owner, target.slice(0, -1)] as const] : [];
    }),
  );
  let end = name.toLowerCase();
  for (let left = aliases.size; left > 0; left--) end = aliases.get(end) ?? end;
  return end;
}
