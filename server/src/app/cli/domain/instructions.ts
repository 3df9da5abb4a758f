import type { CustomerRecord, Domain } from "@chancery/api";
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
  const wanted = records.filter(({ need }) => need !== "removable");
  const removable = records.filter(({ need, state }) => need === "removable" && state !== "absent");
  const [first] = wanted;
  const sections: [string, readonly string[]][] = [
    ["What to publish", wanted.length === 0 ? ["nothing"] : wanted.flatMap(recordLines)],
    ["What can go", removable.map(({ name, type }) => `${name} ${type}: nothing that is in flight needs it`)],
    ["What changes, and what does not", notes],
    [
      "How long it takes",
      [
        "a few minutes of work; the records may be published in any order",
        "mail is signed once every name server of yours and of ours shows them, and caches have forgotten what was there before: minutes to hours, by the TTLs of your zone",
        ...(move === null ? [] : [`next: ${move.next}`]),
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

function recordLines({ name, type, data, ttl, purpose, note }: CustomerRecord): string[] {
  const value = type === "TXT" ? `"${data}"` : type === "DS" ? data : `${data}.`;
  return [`${name}  ${type}  ${value}  (TTL ${ttl}): ${note ?? uses[purpose] ?? purpose}`];
}
