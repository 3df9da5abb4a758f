import type { CustomerRecord, Domain, DomainMove } from "@chancery/api";
import { visible } from "../table.ts";

/** What each record is for, in the customer's words. */
const uses: Record<string, string> = {
  "proof of control": "shows that you control the domain; it stays for as long as we sign",
  key: "leads whoever verifies your mail to the key that signed it",
  "key to come": "is for a later key: published now, nobody has to do anything then",
  "key (can go)": "no mail needs it any more: it can be removed",
  delegation: "lets our name servers answer for this name, and for nothing else",
  "DNSSEC (optional)": "protects the answers by DNSSEC; only where your own zone is signed",
};

/** A letter to the customer, as plain text: every record, what changes and what does not, how to check, how to undo. */
export function instructionsText({ domain, method, records, notes, move }: Domain): string {
  const staying = records.filter(({ need }) => need !== "removable" && need !== "later");
  const removable = records.filter(({ need, state }) => need === "removable" && state !== "absent");
  const [first] = staying;
  const told: [string, readonly string[]][] =
    move === null
      ? [["What to publish", staying.length === 0 ? ["nothing"] : staying.flatMap(recordLines)]]
      : sectionsOfMove(move, records);
  const sections: [string, readonly string[]][] = [
    ...told,
    ["What can go", removable.map(({ name, type, note }) => `${name} ${type}: ${note ?? "it can be removed"}`)],
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
      first === undefined
        ? ["nothing has to be checked"]
        : [`dig +short ${first.type} ${first.name}`, "we look by ourselves as well, and say what is missing"],
    ],
    [
      "How to undo it",
      [
        "tell us first: we stop signing, wait until the mail in flight has arrived, and say when the records may go",
        "whoever removes them at once breaks the signatures of mail that is still on its way; nothing else depends on them",
      ],
    ],
  ];
  return [
    `DNS records for signing mail as ${domain} (${method})`,
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .map(([title, lines]) => `${title}\n${lines.map((line) => `  - ${visible(line)}`).join("\n")}`),
  ].join("\n\n");
}

/** During a move: what to add, what to leave as it is, what will be asked for, and how far it all is. */
function sectionsOfMove(
  { from, to, parts, next, waitsFor }: DomainMove,
  records: readonly CustomerRecord[],
): [string, string[]][] {
  const isAsked = ({ need, state, note }: CustomerRecord): boolean =>
    need === "wanted" || ((need ?? "now") === "now" && (state !== "present" || note !== undefined));
  const asked = records.filter(isAsked);
  const left = records.filter(
    (record) => (record.need === "leaving" || (record.need ?? "now") === "now") && !isAsked(record),
  );
  const later = records.filter(({ need }) => need === "later");
  return [
    ["What to publish now", asked.length === 0 ? ["nothing"] : asked.flatMap(recordLines)],
    ["What to leave as it is", left.flatMap(recordLines)],
    ["What to publish later, in the place of the delegation", later.flatMap(recordLines)],
    [
      `How far the move from ${from} to ${to} is`,
      [
        ...parts.map(({ who, what, state }) => `${partMarks[state]}: ${who === "customer" ? "you " : ""}${what}`),
        ...waitsFor.map((reason) => `waits: ${reason}`),
        `what to do next: ${next}`,
      ],
    ],
  ];
}

const partMarks = { done: "done", now: "now", later: "later" } as const;

function recordLines({ name, type, data, ttl, purpose, note }: CustomerRecord): string[] {
  const value = type === "TXT" ? `"${data}"` : type === "DS" ? data : `${data}.`;
  return [`${name}  ${type}  ${value}  (TTL ${ttl}): ${note ?? uses[purpose] ?? purpose}`];
}
