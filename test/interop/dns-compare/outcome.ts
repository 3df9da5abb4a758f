import { parseMessage, rcodeName, rdataText, typeName, type Message, type ResourceRecord } from "chancery/dns";

/** An answer with all that does not matter taken out: the order of records, the case of names, the compression. */
export type Outcome = {
  /** RCODE, flags, and what the OPT record says. */
  status: string;
  truncated: boolean;
  question: string;
  answer: string[];
  authority: string[];
  additional: string[];
};

const recordText = ({ name, ttl, type, class: recordClass, data }: ResourceRecord): string =>
  `${name} ${ttl} ${recordClass ?? ""}${typeName(type)} ${rdataText(type, data)}`.toLowerCase();
const records = (section: readonly ResourceRecord[]): string[] => section.map(recordText).sort();

function flagsOf(message: Message): string {
  const { response, authoritative, recursionDesired, recursionAvailable, authenticData, checkingDisabled, edns } =
    message;
  const flags = { qr: response, aa: authoritative, rd: recursionDesired, ra: recursionAvailable, ad: authenticData };
  const set = Object.entries({ ...flags, cd: checkingDisabled }).filter(([, isSet]) => isSet);
  const opt = edns
    ? [`edns${edns.version}`, ...(edns.dnssecOk ? ["do"] : []), ...edns.options.map(({ code }) => code)]
    : [];
  return [rcodeName(message.rcode), ...set.map(([flag]) => flag), ...opt].join(" ");
}

/** Throws on octets that are no message: nobody may send such. */
export function outcomeOf(octets: Uint8Array): Outcome {
  const message = parseMessage(octets);
  if (!message.ok) throw new Error(`${message.problem}: ${Buffer.from(octets).toString("hex")}`);
  const { questions, answers, authority, additional } = message.value;
  return {
    status: flagsOf(message.value),
    truncated: message.value.truncated,
    question: questions.map(({ name, type, class: queryClass }) => `${name} ${type} ${queryClass}`).join(),
    answer: records(answers),
    authority: records(authority),
    additional: records(additional),
  };
}
