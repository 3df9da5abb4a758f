// Ugly messages by the thousand, signed by us and judged by every peer, signed by every peer and judged by us. Who disagrees
// with what follows from how a message was made has a row in dkim-matrix/disagreements, or the test fails.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ourCases, type Case } from "./dkim-matrix/cases.ts";
import { disagreementOn, disagreements, isExpected, type Side } from "./dkim-matrix/disagreement.ts";
import { handmadeCases } from "./dkim-matrix/handmade.ts";
import { judgedBy, judgedByUs, signedBy, type Outcome } from "./dkim-matrix/outcomes.ts";
import { dkimpy } from "./dkim-peers/dkimpy.ts";
import { makeKeys, type Keys } from "./dkim-peers/keys.ts";
import { mailDkim } from "./dkim-peers/mail-dkim.ts";
import { mailauth } from "./dkim-peers/mailauth.ts";
import { openDkim } from "./dkim-peers/opendkim.ts";
import type { DkimPeer, PeerName } from "./dkim-peers/peer.ts";
import { rspamd } from "./dkim-peers/rspamd.ts";
import { signedOctets } from "./ugly/signed.ts";

/** Another seed makes other messages; rows that seldom apply are asked for with this seed and number alone. */
const usual = { seed: 1, messages: 2000 };
const seed = Number(process.env["MATRIX_SEED"] ?? usual.seed);
const messages = Number(process.env["MATRIX_MESSAGES"] ?? usual.messages);
/** A tenth of it is used where nothing else runs. */
const timeout = 600_000;
const now = Math.floor(Date.now() / 1000);

const peers: Record<PeerName, (keys: Keys) => DkimPeer | Promise<DkimPeer>> = {
  dkimpy,
  "Mail::DKIM": mailDkim,
  OpenDKIM: openDkim,
  rspamd,
  mailauth,
};

let keys: Keys;
/** What verifiers are asked about: our signatures, and a quarter as many that no signer writes. */
let given: Case[];
const counts: Record<string, object> = {};

beforeAll(async () => {
  keys = makeKeys();
  given = [...(await ourCases(keys, seed, messages, now)), ...handmadeCases(keys, seed, messages / 4)];
});
afterAll(() => {
  keys?.remove();
  console.log(`seed ${seed}, ${messages} messages (MATRIX_SEED and MATRIX_MESSAGES make others)`);
  console.table(counts);
});

/** A case that shows what went wrong, to be read by a person. */
const shown = ({ whole: { number, message, change, expected }, answer }: Outcome): string =>
  [
    `message ${number}${change === undefined ? "" : `, ${change}`}: ${expected} expected, ${answer.verdict} came (${answer.detail})`,
    JSON.stringify(signedOctets(message).toString("latin1").slice(0, 2000)),
    `… body of ${message.body.length}, at its end ${JSON.stringify(message.body.slice(-40))}`,
  ].join("\n");

/** Compares outcomes with what to expect, rows included, and counts them. */
function compare(peer: PeerName, side: Side, outcomes: readonly Outcome[]): void {
  const met = new Set<string>();
  const unexplained: string[] = [];
  const count = { pass: 0, "no pass": 0, explained: 0, unexplained: 0 };
  for (const outcome of outcomes) {
    const row = disagreementOn(peer, side, outcome.whole);
    const agrees = row === undefined || (row[side] !== "pass" && outcome.whole.expected !== "pass");
    if (!isExpected(side, outcome, row)) {
      count.unexplained++;
      unexplained.push(`${row === undefined ? "" : `not as in the row "${row.what}": `}${shown(outcome)}`);
    } else if (agrees) count[outcome.answer.verdict === "pass" ? "pass" : "no pass"]++;
    else {
      count.explained++;
      met.add(row.what);
    }
  }
  counts[side === "verifies" ? `ours and handmade, verified by ${peer}` : `signed by ${peer}, verified by us`] = count;
  expect(unexplained.slice(0, 5).join("\n\n")).toBe("");
  expect(count.pass).toBeGreaterThan(outcomes.length / 3);
  if (seed !== usual.seed || messages < usual.messages) return;
  const rows = disagreements[peer].filter((row) => row[side] !== undefined).map(({ what }) => what);
  expect(
    rows.filter((what) => !met.has(what)),
    "rows that no message fell under",
  ).toEqual([]);
}

test("our signatures and handmade ones, verified by us", async () => {
  const outcomes = await judgedByUs(keys, given, now);
  const wrong = outcomes.filter(({ whole, answer }) => answer.verdict !== whole.expected);
  expect(wrong.slice(0, 5).map(shown).join("\n\n")).toBe("");
});

describe.each(Object.keys(peers) as PeerName[])("%s", (name) => {
  let peer: DkimPeer;
  beforeAll(async () => {
    peer = await peers[name](keys);
  });
  afterAll(() => peer?.close());

  test("verifies ours", { timeout }, async () => {
    compare(name, "verifies", await judgedBy(peer, given));
  });

  test("signs, and we verify", { timeout }, async () => {
    const isSound = (whole: Case): boolean => disagreementOn(name, "signs", whole) === undefined;
    compare(name, "signs", await signedBy(peer, isSound, { keys, seed, count: messages, now }));
  });
});
