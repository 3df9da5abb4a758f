import type { AuditFinding, Check } from "../../check.ts";
import { doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { DelegationEvidence } from "../../evidence/delegation.ts";
import type { SelectorEvidence } from "../../evidence.ts";
import { isBlocked } from "./tcp-blocked.ts";

/** What passes every usual network in one UDP datagram (DNS flag day 2020). */
const octetsMax = 1232;

/** AUD-C-15: the answer with its chain fits into a datagram; beyond that the key depends on TCP. */
export const answersFit: Check = {
  name: "answers-fit",
  title: "Every answer fits into one UDP datagram",
  codes: ["AnswerTooLarge"],
  look: ({ delegation, selectors }) => {
    if (delegation?.vantagePoints === undefined && delegation?.authorities?.state !== "asked")
      return needsEvidence("answers as they come over the network (leave --dns out)");
    return selectors.length === 0
      ? doesNotApply
      : outcomeOf(selectors.flatMap((selector) => tooLarge(selector, delegation)));
  },
};

function tooLarge(
  { keyName, chain }: SelectorEvidence,
  { authorities, vantagePoints }: DelegationEvidence,
): AuditFinding[] {
  const path = [keyName, ...chain.aliases.map(({ target }) => target)];
  const asked = authorities?.state === "asked" ? authorities : undefined;
  const truncating = (asked?.names ?? [])
    .filter(({ name }) => path.includes(name))
    .flatMap(({ name, answers }) =>
      answers
        .filter(({ said, octets = 0 }) => said.state === "truncated" || octets > octetsMax)
        .map(({ address, said, octets }) => ({
          address,
          what: `${name} at ${address}: ${said.state === "truncated" ? "truncated" : `${octets} octets`}`,
        })),
    );
  const large = (vantagePoints ?? [])
    .filter((seen) => seen.keyName === keyName)
    .flatMap(({ answers }) => answers.filter(({ octets = 0 }) => octets > octetsMax))
    .map(({ resolver, octets }) => `${resolver} answers with ${octets} octets`);
  if (truncating.length + large.length === 0) return [];
  const cut = asked?.zones.flatMap(({ addresses }) => addresses).filter(isBlocked) ?? [];
  const isLost = truncating.some(({ address }) => cut.some((blocked) => blocked.address === address));
  return [
    {
      code: "AnswerTooLarge",
      severity: isLost ? "medium" : "low",
      subject: keyName,
      summary: `the answer does not fit into ${octetsMax} octets of UDP${isLost ? ", and not every server can give it over TCP" : ""}`,
      evidence: [...truncating.map(({ what }) => what), ...large],
      remedy: "publish a shorter key (RSA of 2048 bits fits), and nothing else at that name",
      commands: /^[\w.-]+$/.test(keyName) ? [`dig +bufsize=${octetsMax} +ignore ${keyName} TXT`] : [],
    },
  ];
}
