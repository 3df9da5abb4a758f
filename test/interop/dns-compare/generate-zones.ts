import { Random } from "../../fuzz/random.ts";

/** A zone as master file text, and the names that a question had better be about. */
export type GeneratedZone = { origin: string; text: string; owners: string[] };

const long = "x".repeat(63);
/** As text of a master file. The escapes are a NUL, an octet above ASCII, a dot and a blank inside of a label. */
const labels = [
  "a",
  "b",
  "c",
  "sub",
  "*",
  "_domainkey",
  "s1",
  "Www",
  "MAIL",
  long,
  String.raw`\000\255`,
  String.raw`a\.b`,
  String.raw`\032x`,
  "xn--nxa",
];

/** RFC 1035 §2.3.4, with room for what is put before it. */
const octetsOf = (name: string): number => name.replaceAll(/\\(?:\d{3}|.)/g, "x").length + 2;

const nameBelow = (random: Random, origin: string, depthMax: number): string => {
  let name = origin;
  for (let depth = 1 + random.below(depthMax); depth > 0; depth--) {
    const longer = `${random.pick(labels)}.${name}`;
    if (octetsOf(longer) <= 255) name = longer;
  }
  return name;
};

const delegationSigner = "DS 1 13 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a";

/** The records of one name, as master file lines without the owner. */
type Content = (random: Random, anyName: () => string) => string[];
const contents: Content[] = [
  (random) => [`A 192.0.2.${random.below(250)}`],
  (random) => [`A 192.0.2.${random.below(250)}`, "A 192.0.2.251", "AAAA 2001:db8::1"],
  (random) => [`TXT "v=DKIM1; k=rsa; p=${"x".repeat(random.below(200))}" "${"y".repeat(random.below(250))}"`],
  (random) => [`TXT ${`"${"z".repeat(255)}" `.repeat(2 + random.below(5))}`],
  (_, anyName) => [`MX 10 ${anyName()}.`, `MX 20 ${anyName()}.`, "TXT beside"],
  (_, anyName) => [`SRV 1 2 3 ${anyName()}.`],
  (random) => [String.raw`TYPE65280 \# 3 01c00c`, String.raw`TYPE65281 \# ${1} ${random.once(2) ? "00" : "ff"}`],
  () => [String.raw`CAA 128 issue "ca.example; x=y"`, "TLSA 3 1 1 00ff"],
  (_, anyName) => [`PTR ${anyName()}.`],
  (_, anyName) => [`NS ${anyName()}.`, `NS ns.${anyName()}.`],
  (_, anyName) => [`NS ${anyName()}.`, delegationSigner],
  (_, anyName) => [`CNAME ${anyName()}.`],
  (_, anyName) => [`CNAME ${anyName()}.`],
  (_, anyName) => [`DNAME ${anyName()}.`],
  (_, anyName) => [`DNAME ${anyName()}.`, "TXT renamed"],
];

/**
 * Zones of one family: a zone, often one below it, at times one below that, so that the same server has both sides of a cut. Names point at each
 * other all over the family and outside. Left out is what the peers refuse to load (names below a DNAME, a CNAME that is not alone) and what has
 * no meaning (NS or DNAME at a wildcard, RFC 4592 §4).
 */
export function zoneFamily(seed: number, index: number): GeneratedZone[] {
  const random = new Random(seed, index);
  const top = `z${index}.test`;
  const origins = [top, `Child.${top}`, `deep.sub.Child.${top}`].slice(0, 1 + random.below(3));
  return origins.map((origin) => generatedZone(random, origin, origins));
}

function generatedZone(random: Random, origin: string, origins: readonly string[]): GeneratedZone {
  const anyName = (): string =>
    random.once(8) ? "outside.example" : random.once(3) ? origin : nameBelow(random, random.pick(origins), 3);
  const owners = new Map<string, string[]>();
  for (const other of origins)
    if (isBelow(other, origin)) owners.set(other, [`NS ns1.${other}.`, ...random.pick([[], [delegationSigner]])]);
  const taken = new Set([...owners.keys()].map((owner) => owner.toLowerCase()));
  for (let count = 10 + random.below(50); count > 0; count--) {
    const owner = nameBelow(random, origin, 4);
    const lines = random.pick(contents)(random, anyName);
    const isHalfDefined = owner.startsWith("*.") && /^(?:NS|DNAME)/.test(lines[0] ?? "");
    // Where a zone below is hosted too, the parent has its delegation, and no DNAME above.
    const isAboveOther = origins.some((other) => isBelow(other, owner)) && lines[0]?.startsWith("DNAME");
    // What is renamed to a name below itself has no end, and each server has another limit.
    const target = /^DNAME (.*)\.$/.exec(lines[0] ?? "")?.[1];
    const isEndless = target !== undefined && isBelow(`x.${target}`, owner);
    if (isHalfDefined || isAboveOther || isEndless || taken.has(owner.toLowerCase())) continue;
    taken.add(owner.toLowerCase());
    owners.set(owner, lines);
  }
  const renamed = [...owners].filter(([, lines]) => lines[0]?.startsWith("DNAME")).map(([owner]) => owner);
  const kept = [...owners].filter(([owner]) => !renamed.some((above) => isBelow(owner, above)));
  const records = kept.flatMap(([owner, lines]) => lines.map((line) => `${owner}. ${60 + octetsOf(owner)} ${line}\n`));
  const apex = `@ 3600 SOA ns1 Host\\.Master ${random.below(1e9)} 7200 3600 1209600 ${random.below(5000)}
@ 3600 NS ns1\n@ 3600 NS ns.outside.example.\nns1 60 A 192.0.2.1\n`;
  return {
    origin,
    text: `$ORIGIN ${origin}.\n${apex}${records.join("")}`,
    owners: [origin, `ns1.${origin}`, ...kept.map(([owner]) => owner)],
  };
}

const isBelow = (name: string, above: string): boolean => name.toLowerCase().endsWith(`.${above.toLowerCase()}`);

/** A name at one of the edges that the zones have: at a record, beside one, below one, above one, or anywhere. */
export function edgeName(random: Random, zones: readonly GeneratedZone[]): string {
  const zone = random.pick(zones);
  const owner = random.pick(zone.owners);
  const name = random.pick([
    () => owner,
    () => owner.replace(/^\*/, "q"),
    () => `${random.pick(labels)}.${owner}`,
    () => `q.${random.pick(labels)}.${owner}`.replaceAll("*", "w"),
    () => owner.slice(owner.search(/(?<!\\)\./) + 1),
    () => zone.origin,
    () => `${long}.${long}.${long}.${owner}`,
    () => nameBelow(random, zone.origin, 4),
  ])();
  const sound = octetsOf(name) <= 255 ? name : owner;
  return random.once(3) ? sound.toUpperCase() : sound;
}
