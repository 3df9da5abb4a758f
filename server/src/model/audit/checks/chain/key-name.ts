import { fingerprintOf, type KeyRecordLint, lintKeyRecords, type LintOptions } from "chancery/dkim";
import type { TracedChain, TracedKey } from "../../../traced-chain.ts";
import type { Provider } from "../../../provider/provider.ts";
import type { WrongHostSeen } from "../../evidence.ts";

/**
 * Where a chain ends. `dangling`: behind the last alias is nothing; `nothing`: there is no alias either; `texts`: one or
 * several TXT records, `key` where exactly that can be read.
 */
export type ChainEnd =
  | { end: "texts"; texts: readonly string[]; lint: KeyRecordLint; key: TracedKey | undefined }
  | { end: "nothing" | "dangling"; reason: "nxdomain" | "nodata" }
  | { end: "loop" | "too-long" }
  | { end: "unknown"; reason: string };

/** A key name with all that the rules of a chain ask of it. */
export type KeyNameSeen = {
  keyName: string;
  chain: TracedChain;
  end: ChainEnd;
  /** What somebody says should be there. Absent: nothing is said. */
  expected: { target?: string | undefined; fingerprint?: string | undefined };
  /**
   * `in-mail`: messages or reports show it; `given`: the owner says so; `published`: a zone or an import has it; `not-expected`:
   * it was only tried, or was there once, so that nothing follows from its absence.
   */
  use: "in-mail" | "given" | "published" | "not-expected";
  /** Any other name below is answered in the same way: nothing was published at this one. */
  fromWildcard: boolean;
  /** What stands at the usual wrong names, where nothing is at this one. */
  wrongHosts: readonly WrongHostSeen[];
  /** Addresses at the key name itself, where there is neither text nor alias. */
  addresses: readonly string[];
  /** Records beside an alias on the way, by the name at which both stand. */
  besideAliases: readonly { name: string; types: readonly string[] }[];
  /** Where an alias should probably lead, and the key that is there; for key names without one. */
  likelyTargets: readonly { name: string; key: TracedKey }[];
  /** A provider whose customers all have this very key, and lead to it by an alias. */
  sharedBy: Provider | undefined;
  /** Whose domain the last name of a chain belongs to: the part that somebody registered. */
  finalNameOwner: string | undefined;
  /** The target that was probably meant, where the domain was added to it. */
  targetMeant: string | undefined;
  provider: Provider | undefined;
  /** Who of those that are no longer used holds the key, by name. Absent: nobody. */
  retired: string | undefined;
  /** It is another selector's turn, and this provider then has nothing, or a revoked key, behind the alias. */
  isIdle: boolean;
  /** The provider needs an alias here; the check of its aliases says what there is to say of its absence. */
  isOneOfSet: boolean;
};

type IsKnownWeak = LintOptions["isKnownWeak"];

/** A key name of which the chain is known and nothing around it. Somebody says that it has to be there. */
export const plainlySeen = (keyName: string, chain: TracedChain, isKnownWeak?: IsKnownWeak): KeyNameSeen => ({
  keyName,
  chain,
  end: endOf(keyName, chain, isKnownWeak),
  expected: {},
  use: "given",
  fromWildcard: false,
  wrongHosts: [],
  addresses: [],
  besideAliases: [],
  likelyTargets: [],
  sharedBy: undefined,
  finalNameOwner: undefined,
  targetMeant: undefined,
  provider: undefined,
  retired: undefined,
  isIdle: false,
  isOneOfSet: false,
});

/** What was read of a chain, for as long as somebody holds that: looking for weak keys takes a millisecond, and many checks ask. */
const read = new WeakMap<TracedChain, Map<IsKnownWeak, ChainEnd>>();

/** Reads what stands at the end of a chain. `isKnownWeak` is a list of broken keys; absent: what can be computed is found. */
export function endOf(keyName: string, chain: TracedChain, isKnownWeak?: IsKnownWeak): ChainEnd {
  const ends = read.get(chain) ?? new Map<IsKnownWeak, ChainEnd>();
  read.set(chain, ends);
  const end = ends.get(isKnownWeak) ?? readEnd(keyName, chain, isKnownWeak);
  ends.set(isKnownWeak, end);
  return end;
}

function readEnd(keyName: string, chain: TracedChain, isKnownWeak: IsKnownWeak): ChainEnd {
  switch (chain.outcome) {
    case "unknown":
      if (chain.reason === "alias-loop") return { end: "loop" };
      if (chain.reason === "alias-chain-too-long") return { end: "too-long" };
      return { end: "unknown", reason: chain.reason };
    case "absent":
      return { end: chain.aliases.length === 0 ? "nothing" : "dangling", reason: chain.reason };
    case "present": {
      const texts = chain.texts.map(({ text }) => text);
      const lint = lintKeyRecords(texts, { keyName, ...(isKnownWeak && { isKnownWeak }) });
      return { end: "texts", texts, lint, key: lint.read && tracedKey(lint.read) };
    }
  }
}

function tracedKey({ text, record, publicKey }: NonNullable<KeyRecordLint["read"]>): TracedKey {
  const { keyType, bits, object } = publicKey;
  return { type: keyType, bits, fingerprint: fingerprintOf(object), testing: record.flags.includes("y"), record: text };
}

/** The key at the end of a chain, where one can be read. */
export const keyAt = ({ end }: Pick<KeyNameSeen, "end">): TracedKey | undefined =>
  end.end === "texts" ? end.key : undefined;

/** Whether exactly one key is there and verifiers take it. */
export const isSound = ({ end }: Pick<KeyNameSeen, "end">): boolean =>
  end.end === "texts" &&
  end.key !== undefined &&
  !end.lint.findings.some(({ code, severity }) => spoils(code, severity));

/** Codes of a record that leave no sound key, or leave to luck which record a verifier gets. */
const spoiling: ReadonlySet<string> = new Set([
  "NoKeyRecord",
  "KeyMalformed",
  "KeyRevoked",
  "KeyUnusable",
  "PrivateKeyPublished",
  "MultipleKeyRecords",
]);
const spoils = (code: string, severity: string): boolean =>
  spoiling.has(code) || (code === "KeyWeak" && severity === "critical");
