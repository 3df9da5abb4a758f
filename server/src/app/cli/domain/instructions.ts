import type { CustomerRecord, Domain, DomainMove } from "@chancery/api";
import { isAskedFor, quoted } from "../records-text.ts";
import { visible } from "../table.ts";
import type { DnsHost } from "./dns-hosts.ts";

/** What each record is for, in the customer's words. */
const uses: Record<string, string> = {
  "proof of control": "shows that you control the domain; it stays for as long as we sign",
  key: "leads whoever verifies your mail to the key that signed it",
  "key to come": "is for a later key: published now, nobody has to do anything then",
  "key (can go)": "no mail needs it any more: it can be removed",
  delegation: "lets our name servers answer for this name and all below it, and for nothing else",
  "DNSSEC (optional)": "protects the answers by DNSSEC; only where your own zone is signed",
};

/** How records are typed in at a host; `zone`: the zone they are made in, which the host adds to names. Undefined: not known. */
export type Publishing = { host: DnsHost; zone: string | undefined };

/** A letter to the customer, as plain text: every record, what changes and what does not, how to check, how to undo. */
export function instructionsText({ domain, method, records, notes, move }: Domain, at: Publishing): string {
  const wanted = records.filter(isAskedFor);
  const removable = records.filter(
    ({ purpose, need, state }) => (purpose === "key (can go)" || need === "removable") && state !== "absent",
  );
  const digs = wanted.map(({ type, name }) => `dig +short ${type} ${name}`);
  const isDelegated = wanted.some(({ purpose }) => purpose === "delegation");
  const { host, zone } = at;
  const where = zone === undefined ? host.name : `${host.name}, in the zone ${zone}`;
  const told: [string, readonly string[]][] =
    move === null
      ? [["What to publish", wanted.length === 0 ? ["nothing"] : wanted.map((one) => recordLines(one, at).join("\n"))]]
      : sectionsOfMove(move, records, at);
  const sections: [string, readonly string[]][] = [
    ...told,
    [
      `How, at ${where}`,
      [
        ...(wanted.some(({ name }) => nameField(name, zone) !== name)
          ? [`write the names as above, without .${zone}, which is added to them`]
          : []),
        ...(wanted.some((record) => isLong(record))
          ? [
              host.text === "quoted"
                ? "a text of over 255 characters is written in pieces, each in quotes, with a blank between: as above, on one line"
                : "paste a long text in one piece, without quotes or line breaks; it is split there",
            ]
          : []),
        ...host.notes,
      ],
    ],
    [
      "What can go",
      removable.map(({ name, type, note }) => `${name} ${type}: ${note ?? "nothing that is in flight needs it"}`),
    ],
    ["What changes, and what does not", notes],
    [
      "How long it takes",
      [
        "a few minutes of work; the records may be published in any order",
        "mail is signed once every name server of yours and of ours shows them, and caches have forgotten what was there before: minutes to hours, by the TTLs of your zone",
      ],
    ],
    [
      "How to check",
      digs.length === 0
        ? ["nothing has to be checked"]
        : [...digs, "we look by ourselves as well, and say what is missing"],
    ],
    [
      "How to undo it",
      [
        "tell us first: we stop signing, wait until the mail in flight has arrived, and say when the records may go",
        `whoever removes them at once breaks the signatures of mail that is still on its way; ${isDelegated ? "whatever else we answer for below the delegation goes with it" : "nothing else depends on them"}`,
      ],
    ],
  ];
  return [
    `DNS records for signing mail as ${domain} (${method})`,
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .map(([title, lines]) => `${title}\n${lines.map((line) => `  - ${line}`).join("\n")}`),
  ].join("\n\n");
}

/** During a move: what to add, what to leave as it is, what will be asked for, and how far it all is. */
function sectionsOfMove(
  { from, to, parts, next, waitsFor }: DomainMove,
  records: readonly CustomerRecord[],
  at: Publishing,
): [string, string[]][] {
  const isAsked = ({ need, state, note }: CustomerRecord): boolean =>
    need === "wanted" || ((need ?? "now") === "now" && (state !== "present" || note !== undefined));
  const lines = (some: readonly CustomerRecord[]): string[] => some.map((one) => recordLines(one, at).join("\n"));
  const there = records.filter(isAskedFor);
  const asked = there.filter(isAsked);
  return [
    ["What to publish now", asked.length === 0 ? ["nothing"] : lines(asked)],
    ["What to leave as it is", lines(there.filter((one) => !isAsked(one)))],
    ["What to publish later, in the place of the delegation", lines(records.filter(({ need }) => need === "later"))],
    [
      `How far the move from ${from} to ${to} is`,
      [
        ...parts.map(({ who, what, state }) => `${state}: ${who === "customer" ? "you " : ""}${what}`),
        ...waitsFor.map((reason) => `waits: ${reason}`),
        `what to do next: ${next}`,
      ],
    ],
  ];
}

function recordLines(record: CustomerRecord, { host, zone }: Publishing): string[] {
  const { name, type, ttl, purpose, note, state } = record;
  const done = state === "present" ? " (is there already)" : "";
  const rows: [string, string][] = [
    ["Type", type],
    [host.fields.name, nameField(name, zone)],
    [host.fields.value, valueField(record, host)],
    ["TTL", String(ttl)],
  ];
  const width = Math.max(...rows.map(([field]) => field.length));
  return [
    `${visible(note ?? uses[purpose] ?? purpose)}${done}`,
    ...rows.map(([field, value]) => `      ${field.padEnd(width)}  ${visible(value)}`),
  ];
}

/** The name without the zone that the host adds; of the zone itself, `@`. */
export function nameField(name: string, zone: string | undefined): string {
  if (zone === undefined) return name;
  if (name === zone) return "@";
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name;
}

function valueField({ type, data }: CustomerRecord, { target, text }: DnsHost): string {
  if (type === "TXT") return text === "quoted" ? quoted(data) : data;
  return type === "DS" || target === "bare" ? data : `${data}.`;
}

const isLong = ({ type, data }: CustomerRecord): boolean => type === "TXT" && data.length > 255;
