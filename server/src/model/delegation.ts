import type { KeyPhase } from "./key-phase.ts";
import type { KeyRole } from "./key-role.ts";
import type { Seconds } from "./seconds.ts";

/** The ways in which a customer can let us answer for a key name, of those that are built. */
export type MethodName = "cname-ring" | "ns-branch" | "ns-subdomain" | "ns-domainkey" | "third-party-domain";

/** What a claim fixes for ever: two claims never share a seed, so they never share a name of ours. */
export type Claim = {
  /** The signing domain, as an A-label in lower case. */
  domain: string;
  method: MethodName;
  /** The `<label>` in the names that the customer publishes. */
  label: string;
  /** Secret randomness that the claim's names are derived from. */
  seed: string;
  challengeToken: string;
  options: ClaimOptions;
};

/** What was agreed for one claim beyond its method; each method reads its own. Absent: the method's default. */
export type ClaimOptions = {
  /** How selectors of new keys are named. */
  selectorTemplate?: string;
  /** `ns-domainkey`: selectors of other vendors that the customer named. */
  importSelectors?: readonly string[];
  /** `ns-domainkey`: the customer says that what is found, and named, is all there is. */
  otherSelectors?: "none";
  /** `third-party-domain`: the name of ours that is signed as. */
  signingDomain?: string;
};

/** A key of a claim, as far as the customer's records depend on it. */
export type ClaimKey = Omit<KeyPlace, "zone"> & {
  id: string;
  method: MethodName;
  role: KeyRole;
  record: string;
  phase: KeyPhase;
};

/** Where we answer, as the world sees it. */
export type DnsSettings = {
  /** The zone of our targets and NS names. */
  zone: string;
  nameservers: readonly { name: string; addresses: readonly string[] }[];
  /** The zone of the names that we hold for others; absent: `zone`. */
  heldZone?: string;
};

/** A record in presentation form: names in `data` are absolute, with the final dot. */
export type TextRecord = { name: string; type: "A" | "AAAA" | "CNAME" | "NS" | "TXT"; data: string };

/** A record that the customer has to publish, and what it is for. */
export type CustomerRecord = TextRecord & { purpose: "challenge" | "key-alias" | "key-record" | "delegation" };

/** A name of ours that is bound to a claim for ever. */
export type IssuedName = { name: string; purpose: "key-target" | "ns-host" | "signing-domain"; slot: number };

/** Where a key stands: the selector that signatures name, and the names on the way to its record. */
export type KeyPlace = {
  slot: number;
  selector: string;
  /** What verifiers ask. */
  keyName: string;
  /** The zone of ours that holds the record, and the record's owner. The same as `keyName` where that zone is delegated. */
  zone: string;
  recordName: string;
};

/** What has to be seen in DNS before a key may sign, step by step from the customer's side to ours. */
export type ExpectedChain = {
  aliases: readonly { name: string; target: string }[];
  /** The NS set at the parent, where the key name lies in a zone that is delegated to us. */
  delegation?: { name: string; hosts: readonly string[] };
  record: { name: string; text: string };
};

/** One delegation method. Everything that depends on the method is a field of its row; nothing else asks which it is. */
export type DelegationMethod = {
  name: MethodName;
  /** Who publishes the key records. The customer is asked to, and asked to take them away; we only watch. */
  keeper: "us" | "customer";
  /** What puts a claim in force: the customer's challenge in DNS, or the operator's word, which is no proof for anybody. */
  proof: "challenge" | "operator";
  /** Where the challenge stands: outside everything that is delegated to us. Undefined: there is none. */
  challengeName: (claim: Claim) => string | undefined;
  /** How selectors of new keys are named, and what any template has to end in; undefined: the names are fixed in advance. */
  selectors: { template: string; endIn: string } | undefined;
  /** Whether the delegation takes selectors of others out of sight: they have to be in our zone before it is made. */
  hidesSelectors: boolean;
  /** The slots of a role, where the customer fixed the names in advance; undefined: a new name for every key. */
  slots: (role: KeyRole) => readonly number[] | undefined;
  /** How many keys of a role may drain at once before a further switch has to wait; undefined: any number. */
  drainingMax: number | undefined;
  /** Whether a ready successor is kept beside the active key. */
  standby: boolean;
  /** Whether a name may have led elsewhere before: decides what visibility has to wait for. */
  history: (delegatedBefore: boolean) => "new" | "changed";
  /** `keys`: those of this method, for methods whose records follow the keys. */
  customerRecords: (
    claim: Claim,
    roles: readonly KeyRole[],
    dns: DnsSettings,
    keys: readonly ClaimKey[],
  ) => CustomerRecord[];
  issuedNames: (claim: Claim, roles: readonly KeyRole[], dns: DnsSettings) => IssuedName[];
  /** The place for the next key of a slot. `taken`: every selector this claim ever used. */
  place: (
    claim: Claim,
    role: KeyRole,
    slot: number,
    dns: DnsSettings,
    now: Seconds,
    taken: readonly string[],
  ) => KeyPlace;
  chain: (claim: Claim, place: Omit<KeyPlace, "zone">, record: string, dns: DnsSettings) => ExpectedChain;
  /** The `d=` of signatures. */
  signingDomain: (claim: Claim, dns: DnsSettings) => string;
  /** The zone that only this claim uses, if the method delegates one to us. */
  ownZone: (claim: Claim) => string | undefined;
  /** The zone of ours that holds the records of keys otherwise. */
  sharedZone: (claim: Claim, dns: DnsSettings) => string;
  /** What the customer has to know before anything is published: what moves, and what does not. */
  notes: (claim: Claim, dns: DnsSettings) => string[];
};
