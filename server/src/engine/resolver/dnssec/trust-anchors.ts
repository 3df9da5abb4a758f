import { parseName, rdataFromText, readDs, TYPE, type Ds, type Parsed } from "chancery/dns";

/** Zones whose keys are believed without a parent's word, and the DS records of those keys. */
export type TrustAnchors = ReadonlyMap<string, readonly Ds[]>;

/** The keys of the root: KSK-2017 and KSK-2024 (https://data.iana.org/root-anchors/root-anchors.xml). */
export const rootTrustAnchors: TrustAnchors = trustAnchors([
  ". 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
  ". 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
]);

/** A zone and one DS record of its keys, as a master file has them: "example. 12345 13 2 00AA…". */
export function parseTrustAnchor(text: string): Parsed<{ apex: string; ds: Ds }> {
  const [written = ""] = text.trim().split(/\s+/, 1);
  const apex = parseName(written);
  if (!apex.ok) return apex;
  const data = rdataFromText(TYPE.DS, text.trim().slice(written.length), ".");
  if (!data.ok) return data;
  const ds = readDs(data.value);
  return ds.ok ? { ok: true, value: { apex: apex.value, ds: ds.value } } : ds;
}

/** Anchors by zone. Throws TypeError on a text that is none. */
export function trustAnchors(texts: readonly string[]): TrustAnchors {
  const anchors = new Map<string, Ds[]>();
  for (const text of texts) {
    const anchor = parseTrustAnchor(text);
    if (!anchor.ok) throw new TypeError(`not a trust anchor: ${anchor.problem}`);
    const { apex, ds } = anchor.value;
    anchors.set(apex, [...(anchors.get(apex) ?? []), ds]);
  }
  return anchors;
}
