import type { KeyPhase } from "../key/key-phase.ts";
import type { KeyRole } from "../key/key-role.ts";
import type { NameSeries } from "./name-series.ts";
import type { RecordState } from "./record-check.ts";
import type { Seconds } from "../seconds.ts";

/** The ways in which a customer can let us answer for a key name, of those that are built. */
export type MethodName =
  | "cname-ring"
  | "cname-series"
  | "cname-chain"
  | "ns-branch"
  | "ns-subdomain"
  | "ns-domainkey"
  | "third-party-domain"
  | "txt"
  | "customer-key";

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
  /** The stream that is meant; absent: the default stream. */
  stream?: string;
};

/** The label in the names of the claim's stream: two streams never share a name. */
export const streamLabel = ({ label, stream }: Pick<Claim, "label" | "stream">): string =>
  stream === undefined ? label : `${label}-${stream}`;

/** What was agreed for one claim beyond its method; each method reads its own. Absent: the method's default. */
export type ClaimOptions = {
  /** How many names a ring has. */
  ringSize?: number;
  /** Whether private halves are made public after their time, of claims where that was said before rotation policies knew it. */
  disclose?: boolean;
  /** How selectors of new keys are named. */
  selectorTemplate?: string;
  /** `ns-domainkey`: selectors of other vendors that the customer named. */
  importSelectors?: readonly string[];
  /** `ns-domainkey`: the customer says that what is found, and named, is all there is. */
  otherSelectors?: "none";
  /** `third-party-domain`: the name of ours that is signed as. */
  signingDomain?: string;
  /** `cname-series`: the names given so far. Absent: none yet. */
  series?: NameSeries;
  /** `cname-chain`: the upstream's selectors, in the order of their slots. */
  selectors?: readonly string[];
};

/** What whoever takes a delegation may wish for beyond the method's defaults. */
export type Wishes = {
  /** How many names of a series are given at a time; absent: enough for about a year. */
  batch?: number;
  /** The upstream's selectors, and where each is to lead. */
  upstreams?: readonly { selector: string; target: string }[];
};

/** A key of a claim, as far as the customer's records depend on it. */
export type ClaimKey = Omit<KeyPlace, "zone"> & {
  id: string;
  method: MethodName;
  role: KeyRole;
  record: string;
  phase: KeyPhase;
  /** Absent, or empty: the default stream. */
  stream?: string;
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

/** A name that the customer publishes ahead of its use, and what was last seen of its alias. */
export type OfferedName = { slot: number; role: KeyRole; keyName: string; target: string; state: RecordState };
/** A record that the customer has to publish, and what it is for. */
export type CustomerRecord = TextRecord & { purpose: RecordPurpose };

/**
 * `key-alias-ahead`: an alias that no key uses yet. `key-record`: one that a key in use stands on. `key-request`: one that a key to come waits for; mail does not depend on it yet.
 * `key-removal`: one that may go, since no mail needs it any more.
 */
export type RecordPurpose =
  | "challenge"
  | "key-alias"
  | "key-alias-ahead"
  | "key-record"
  | "key-request"
  | "key-removal"
  | "delegation";

/** An alias of ours: what verifiers ask, and our name behind the customer's alias. */
export type UpstreamAlias = { selector: string; keyName: string; aliasName: string };

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
  /** `keptBy`: the customer publishes it as its own zone spells it, so that the key counts and not the text. Absent: we do. */
  record: { name: string; text: string; keptBy?: "customer" };
};

/** Whether the customer publishes the record of a key; else we do. */
export const isKeptByCustomer = (method: DelegationMethod, key: Pick<KeyPlace, "keyName" | "recordName">): boolean =>
  method.keeper === "customer" || (method.keeper === "as-imported" && key.keyName === key.recordName);

/** One delegation method. Everything that depends on the method is a field of its row; nothing else asks which it is. */
export type DelegationMethod = {
  name: MethodName;
  /** The same method with so many names for a role; absent: how many there are is not for anybody to choose. */
  sized?: (names: number) => DelegationMethod;
  /** What puts a claim in force: the customer's challenge in DNS, or the operator's word, which is no proof for anybody. */
  proof: "challenge" | "operator";
  /** Where the challenge stands: outside everything that is delegated to us. Undefined: there is none. */
  challengeName: (claim: Claim) => string | undefined;
  /** How selectors of new keys are named, and what any template has to end in; undefined: the names are fixed in advance. */
  selectors: { template: string; endIn: string } | undefined;
  /** Whether the delegation takes selectors of others out of sight: they have to be in our zone before it is made. */
  hidesSelectors: boolean;
  /** Whether it takes every name at and below the domain out of sight: whoever moves there has them in our zone before. Absent: it does not. */
  hidesNames?: true;
  /** The wishes that the method knows, and what a claim begins with; absent: none, and nothing. */
  options?: {
    knows: readonly (keyof Wishes)[];
    begin: (
      wishes: Wishes,
      given: {
        label: string;
        selectorTemplate?: string | undefined;
        stream?: string | undefined;
        roles: readonly KeyRole[];
        now: Seconds;
        rotateAfterSeconds: Seconds;
      },
    ) => ClaimOptions;
  };
  /**
   * Who publishes the key records. The customer is asked to, and asked to take them away; we only watch. `as-imported`: whoever was named when
   * the key came, which shows in its names. `upstream`: somebody else makes, publishes and signs with the keys; the claim has none of ours.
   */
  keeper: "us" | "customer" | "as-imported" | "upstream";
  /** Why its claims have the default stream alone, in words that follow "under this method"; absent: a stream has names of its own. */
  noStreams?: string;
  /** Who makes the key pairs. `customer`: it brings them, so no successor is made here. Absent: we do. */
  maker?: "customer";
  /** The first keys are made with the claim, so that the customer sees every record at once. Absent: once the claim is proven. */
  keysAhead?: true;
  /** The slots of a role, where the customer fixed the names in advance; undefined: a new name for every key. */
  slots: (role: KeyRole) => readonly number[] | undefined;
  /** The names that the customer publishes ahead of their use, each for one key; absent: the method has none. */
  offered?: (claim: Claim, dns: DnsSettings) => Omit<OfferedName, "state">[];
  /** The aliases of ours that lead on to an upstream's keys, one a selector; absent: the method has none. */
  upstreamAliases?: (claim: Claim, dns: DnsSettings) => UpstreamAlias[];
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
