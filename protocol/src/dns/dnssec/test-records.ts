import { parseZoneFile } from "../zone-file/zone-file.ts";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { readDnskey, type Dnskey } from "./dnskey.ts";
import { readRrsig, type Rrsig } from "./rrsig.ts";

/** Records from master file text, for tests. */
export function recordsOf(text: string, origin = "example"): ResourceRecord[] {
  const parsed = parseZoneFile(text.replaceAll(/^ +/gm, ""), { origin, defaultTtl: 3600 });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

/** The RRset, its signatures and the keys in one text. */
export function signedSetOf(text: string): { records: ResourceRecord[]; rrsigs: Rrsig[]; keys: Dnskey[] } {
  const all = recordsOf(text, ".");
  return {
    records: all.filter(({ type }) => type !== TYPE.RRSIG && type !== TYPE.DNSKEY),
    rrsigs: all.filter(({ type }) => type === TYPE.RRSIG).map(({ data }) => sound(readRrsig(data))),
    keys: all.filter(({ type }) => type === TYPE.DNSKEY).map(({ data }) => sound(readDnskey(data))),
  };
}

function sound<T>(parsed: { ok: true; value: T } | { ok: false; problem: string }): T {
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}
