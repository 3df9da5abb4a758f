import type { Domain, Key } from "@chancery/api";
import type { Chancery } from "./chancery.ts";
import type { CustomerZone, Internet } from "./internet.ts";
import { eventually } from "./peer.ts";
import { verifierNames, verifyWithAll } from "./verifiers.ts";

export type Method = Domain["method"];

/** Keys of a domain as the API shows them. */
export const keysOf = async (chancery: Chancery, domain: string): Promise<Key[]> =>
  ((await chancery.get(`/v1/domains/${domain}/keys`)) as { items: Key[] }).items;

/** Waits until a key of the domain is in a phase. */
export const whenPhase = (
  chancery: Chancery,
  domain: string,
  phase: string,
  seconds = 90,
  which: (key: Key) => boolean = () => true,
): Promise<Key> =>
  eventually(async () => (await keysOf(chancery, domain)).find((key) => key.phase === phase && which(key)), {
    seconds,
    everySeconds: 0.25,
    otherwise: () => `no key of ${domain} is ${phase}:\n${chancery.output().slice(-4000)}`,
  });

/** The shortest way to a domain that signs: add it, publish what is asked for, have it looked at, wait for its first key. */
export async function takeDelegation(chancery: Chancery, zone: CustomerZone, method: Method): Promise<Key> {
  await chancery.json(["domain", "add", zone.origin, "--method", method]);
  await zone.publish(await zoneTextFor(chancery, zone.origin));
  await chancery.json(["domain", "verify", zone.origin], [0, 3]); // 3: a secondary has yet to take a zone that is new
  return whenPhase(chancery, zone.origin, "active");
}

/** What the customer is told to put into the zone. */
export async function zoneTextFor(chancery: Chancery, domain: string): Promise<string> {
  const { status, stdout, stderr } = await chancery.cli("records", domain, "--format", "zone");
  if (status !== 0) throw new Error(`chancery records ended with ${status}: ${stderr}`);
  return stdout;
}

export const domainOf = ([document]: readonly unknown[]): Domain => document as Domain;

/** One line a verifier, ours first: `Chancery pass`. What a message of ours has to show is `everyVerifierPasses`. */
export async function verdictsOn(chancery: Chancery, internet: Internet, file: string): Promise<string[]> {
  const { address, port } = internet.resolver;
  const ours = chancery.cli("verify", "--resolver", `${address}:${port}`, file);
  const [{ status, stdout }, peers] = await Promise.all([ours, verifyWithAll([file], internet.resolver)]);
  return [
    status === 0 ? "Chancery pass" : `Chancery ${status} ${stdout}`,
    ...peers.map(({ verifier, result, detail }) =>
      result === "pass" ? `${verifier} pass` : `${verifier} ${result} ${detail}`,
    ),
  ];
}

export const everyVerifierPasses: readonly string[] = ["Chancery", ...verifierNames].map((name) => `${name} pass`);
