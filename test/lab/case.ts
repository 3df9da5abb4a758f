import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * How a zone is served on the lab's internet. `both`: one server is an NSD, the other a Knot. `nsd`, `knot`: by that one
 * alone, the other is delegated to and refuses. `lies`: by a server of ours that serves what NSD and Knot do not load. `fails`: SERVFAIL. `silent`:
 * nobody answers. `refused`: delegated, and unknown to both servers. `udp-only`: by a server of ours that is silent over TCP.
 */
export type Served = "udp-only" | "both" | "nsd" | "knot" | "lies" | "fails" | "silent" | "refused";

/** One fault, or one thing that looks like a fault and is none, as zones of a small internet and what an audit has to say. */
export type LabCase = {
  /** In a sentence. */
  shows: string;
  /** Zone text of the audited domain, `<name of the file>.example`, relative to it; SOA, NS and what a kept domain has come with it. */
  records: string;
  /** Labels in front of the zone's name where a subdomain is audited; absent means that the zone's own name is. */
  audited?: string;
  /** Absent means that MX, SPF and DMARC stand beside `records`. */
  bare?: true;
  /** Other zones, by origin. */
  others?: Readonly<Record<string, string>>;
  /** The audited zone has one name server. */
  oneServer?: true;
  /** By origin; absent means `both`. */
  served?: Readonly<Record<string, Served>>;
  /** What the second server (Knot) has of a zone in place of the text above. */
  second?: Readonly<Record<string, string>>;
  /** NS and glue in the parent zone, by origin, in place of those that lead to the servers. `{first}`, `{second}`: their addresses. */
  delegation?: Readonly<Record<string, string>>;
  /** What earlier looks saw at the key name of `s1`, oldest first: between so many days ago and so many. */
  history?: readonly {
    fingerprint?: string;
    daysAgo: readonly [first: number, last: number];
    targets: readonly string[];
  }[];
  /** Records, with their whole names, that one of the lab's two resolvers answers whatever the servers say. */
  staleResolver?: readonly string[];
  /** Of the command, beside the domain. `{dir}` is the folder in which `files` are; `{resolver}`, `{staleResolver}`: HOST:PORT. */
  options?: readonly string[];
  /** Files for the options: messages, reports. */
  files?: () => Promise<Readonly<Record<string, string | Uint8Array>>>;
  /** What has to be found: the code, and what each finding is about. */
  finds: Readonly<Record<string, string | readonly string[]>>;
  /** Severities, where the table of codes knows several. */
  severities?: Readonly<Record<string, string>>;
  /** Codes that may appear too. Of the others in the design's table none may; of those that came later none in `not`. */
  besides?: readonly string[];
  not?: readonly string[];
  /** Where it can be shown; absent means on the network and with `--dns FILE`. */
  on?: "network" | "file";
};

/** `zone`: of `records`; `domain`: what is audited. */
export type NamedCase = LabCase & { name: string; zone: string; domain: string };

const folder = join(import.meta.dirname, "cases");

/** Every file of `cases/`. */
export async function labCases(): Promise<NamedCase[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return Promise.all(
    files.sort().map(async (file) => {
      const { default: one } = (await import(join(folder, file))) as { default: LabCase };
      const name = basename(file, ".ts");
      const zone = `${name}.example`;
      return { ...one, name, zone, domain: one.audited === undefined ? zone : `${one.audited}.${zone}` };
    }),
  );
}

/** The codes of the auditor's first table: none of them may appear where a case does not name it. */
export const tableCodes =
  `CnameMissing CnameMismatch TargetMissing NoKeyRecord KeyRevoked KeyMalformed KeyWeak KeyMismatch MultipleKeyRecords
   ConflictingRecords WrongHost WildcardInTheWay Flattened AliasLoop AliasChainTooLong TakeoverRisk LameDelegation
   ParentMismatch ResolversDisagree SelectorNotSigning NotAligned SpfOnlyAlignment StaleSelector RetiredProviderSelector
   ProviderCanStillSign KeyOld KeyTesting Undetermined`.split(/\s+/);
