import { readTxt, TYPE } from "chancery/dns";
import { typesBesideAlias } from "../../../engine/resolver/authorities/beside-alias.ts";
import { classifyAuthoritative } from "../../../engine/resolver/classify.ts";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { IterativeSession } from "../../../engine/resolver/session.ts";
import type { BesideAlias, NameAnswer, NameEvidence, ZoneEvidence } from "../../../model/audit/evidence/delegation.ts";
import type { Survey } from "./survey.ts";
import type { WalkedName } from "./walk.ts";

/**
 * Asks every name at every address that serves its zone. In rounds: each name at one address, each at another, and so on, so
 * that a budget which ends early has compared all names somewhere.
 */
export async function namesAtServers(
  survey: Survey,
  names: readonly WalkedName[],
  zones: readonly ZoneEvidence[],
  isOwn: (name: string) => boolean,
): Promise<NameEvidence[]> {
  const places = names.map((walked) => ({ walked, addresses: servingAddresses(walked.apex, zones) }));
  const rounds = Math.max(0, ...places.map(({ addresses }) => addresses.length));
  const questions = Array.from({ length: rounds }, (_, round) =>
    places.flatMap(({ walked, addresses }, index) => {
      const address = addresses[(index + round) % addresses.length];
      return round < addresses.length && address !== undefined ? [{ walked, address }] : [];
    }),
  ).flat();
  const session = survey.session.bind(survey);
  const answers = await inParallel(questions, async ({ walked, address }) =>
    survey.isSpent() ? undefined : { name: walked.name, answer: await askName(session(), address, walked) },
  );
  const beside = await inParallel(
    places.filter(({ walked }) => walked.isAlias && isOwn(walked.name)),
    async ({ walked: { name }, addresses: [address] }) =>
      address === undefined || survey.isSpent()
        ? []
        : (await typesBesideAlias(session(), address, name)).map((seen) => ({ name, seen: { ...seen, address } })),
  );
  return places.map(({ walked: { name, apex }, addresses }) => ({
    name,
    apex,
    answers: addresses.flatMap((address) =>
      answers.flatMap((one) => (one?.name === name && one.answer.address === address ? [one.answer] : [])),
    ),
    besideAlias: beside.flat().flatMap((one): BesideAlias[] => (one.name === name ? [one.seen] : [])),
  }));
}

const servingAddresses = (apex: string, zones: readonly ZoneEvidence[]): string[] =>
  (zones.find((zone) => zone.apex === apex)?.addresses ?? [])
    .filter(({ udp }) => udp.state === "authoritative")
    .map(({ address }) => address);

async function askName(session: IterativeSession, address: string, { name, apex }: WalkedName): Promise<NameAnswer> {
  const timeoutMs = session.options.timeoutMs ?? 800;
  const done = await session.ask(address, name, TYPE.TXT, { transport: "udp", timeoutMs });
  if ("reason" in done) return { address, said: { state: "unknown", reason: done.reason } };
  if (done.result === "failed") return { address, said: { state: "unknown", reason: done.failure } };
  const octets = done.bytes.length;
  if (done.message.truncated) return { address, octets, said: { state: "truncated" } };
  return { address, octets, said: saidIn(classifyAuthoritative(done.message, name, TYPE.TXT, apex)) };
}

function saidIn(classified: ReturnType<typeof classifyAuthoritative>): NameAnswer["said"] {
  switch (classified.kind) {
    case "records":
      return {
        state: "records",
        texts: classified.records.map(({ data }) => readTxt(data).join("")),
        ttlSeconds: Math.min(...classified.records.map(({ ttl }) => ttl)),
        ...(classified.alias && { alias: classified.alias.target }),
      };
    case "alias":
      return { state: "alias", target: classified.alias.target, ttlSeconds: classified.alias.ttl };
    case "absent":
      return {
        state: "absent",
        reason: classified.reason,
        ...(classified.negativeTtl !== undefined && { negativeTtlSeconds: classified.negativeTtl }),
      };
    // Sent on where the server should know: not authoritative for this name.
    case "referral":
      return { state: "unknown", reason: "lame" };
    case "failed":
      return { state: "unknown", reason: classified.reason };
  }
}
