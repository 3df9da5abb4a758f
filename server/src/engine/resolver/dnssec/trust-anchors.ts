import { rdataFromText, readDs, TYPE, type Ds } from "chancery/dns";

/** Zones whose keys are believed without a parent's word, and the DS records of those keys. */
export type TrustAnchors = ReadonlyMap<string, readonly Ds[]>;

/** The keys of the root: KSK-2017 and KSK-2024 (https://data.iana.org/root-anchors/root-anchors.xml). */
export const rootTrustAnchors: TrustAnchors = trustAnchors({
  ".": [
    "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    "38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
  ],
});

/** Anchors from DS records as a master file has them, by zone. Throws TypeError on text that is none. */
export function trustAnchors(texts: Readonly<Record<string, readonly string[]>>): TrustAnchors {
  return new Map(Object.entries(texts).map(([apex, lines]) => [apex, lines.map(dsOf)]));
}

function dsOf(text: string): Ds {
  const data = rdataFromText(TYPE.DS, text, ".");
  const ds = data.ok ? readDs(data.value) : data;
  if (!ds.ok) throw new TypeError(`not a DS record: ${ds.problem}`);
  return ds.value;
}
