import { KeyObject } from "node:crypto";

import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { decodeBase64 } from "../signature/base64.ts";
import { readEd25519Key, readRsaKey, type PublicKey } from "./public-key.ts";
import { colonList, parseTagList, type TagList } from "../signature/tag-list.ts";

/** The content of a key record (RFC 6376 §3.6.1), its character-strings joined. */
export type KeyRecord = {
  /** `k=`; absent means rsa. */
  keyType: string;
  /** What `p=` holds. An unknown `k=` leaves it unread. */
  key: { state: "usable"; publicKey: PublicKey } | { state: "revoked" } | { state: "unknown-type" };
  /** `h=`, the hashes allowed; undefined means all. */
  hashes: string[] | undefined;
  /** `s=`, the services allowed; absent means `*`. */
  services: string[];
  /** `t=`: `y` testing, `s` no subdomains in `i=`; unknown flags are kept and have no effect. */
  flags: string[];
  /** Not wrong enough to refuse, and worth telling the record's owner. */
  warnings: KeyRecordWarning[];
};

export type KeyRecordWarning = "missing-padding" | "obsolete-granularity";

/** A longer record is not read. A key of 16384 bits fits four times. */
export const keyRecordOctetsMax = 8192;

/** Parses a key record. Nothing is repaired: quotes or backslashes pasted with the record are an error (DKIM-K-21). */
export function parseKeyRecord(text: string): Parsed<KeyRecord> {
  if (text.length > keyRecordOctetsMax) return unparsed("key record over 8192 octets", keyRecordOctetsMax);
  const list = parseTagList(text);
  if (!list.ok) return list;
  const tags = list.value;
  const version = tags.get("v");
  if (version !== undefined && version.value !== "DKIM1") return unparsed("v= is not DKIM1", version.start);
  if (version !== undefined && tags.keys().next().value !== "v")
    return unparsed("v= is not the first tag", version.start);
  const keyType = tags.get("k")?.value ?? "rsa";
  const key = readKey(tags, keyType);
  if (!key.ok) return key;
  const warnings: KeyRecordWarning[] = [];
  if (key.value.padding === "missing") warnings.push("missing-padding");
  if (tags.has("g")) warnings.push("obsolete-granularity");
  return parsed({
    keyType,
    key: key.value.key,
    hashes: optionalList(tags, "h"),
    services: optionalList(tags, "s") ?? ["*"],
    flags: optionalList(tags, "t") ?? [],
    warnings,
  });
}

function optionalList(tags: TagList, name: string): string[] | undefined {
  const tag = tags.get(name);
  return tag && colonList(tag.value);
}

type ReadKey = { key: KeyRecord["key"]; padding: "right" | "missing" };

function readKey(tags: TagList, keyType: string): Parsed<ReadKey> {
  const p = tags.get("p");
  if (p === undefined) return unparsed("no p= tag", 0);
  if (p.value === "") return parsed({ key: { state: "revoked" }, padding: "right" });
  if (keyType !== "rsa" && keyType !== "ed25519") return parsed({ key: { state: "unknown-type" }, padding: "right" });
  const octets = decodeBase64(p.value, "optional");
  if (octets === undefined) return unparsed("p= is not base64", p.start);
  const publicKey = keyType === "rsa" ? readRsaKey(octets) : readEd25519Key(octets);
  if (!publicKey.ok) return unparsed(publicKey.problem, p.start);
  const padding = decodeBase64(p.value) === undefined ? "missing" : "right";
  return parsed({ key: { state: "usable", publicKey: publicKey.value }, padding });
}

/**
 * Whether a TXT is meant as a key record: it names DKIM1 or has a `p=` tag, also behind a pasted quote or escape. The `p=` of a
 * DMARC record, which a wildcard may put at any name, is another one.
 */
export const looksLikeKeyRecord = (text: string): boolean =>
  /dkim1|(?:^|[;\s"\\])p\s*=/i.test(text) && !/^v\s*=\s*DMARC1\b/i.test(text);

/**
 * The key record for a public key (RFC 6376 §3.6.1, RFC 8463 §4.2): `v=DKIM1; k=…; p=…`. Without a key: the record that
 * revokes. `flags` become `t=`, `services` `s=`, `hashes` `h=`; each is left out when absent. Throws TypeError for a key that
 * is neither RSA nor Ed25519.
 */
export function formatKeyRecord(
  publicKey: KeyObject | "revoked",
  options: { flags?: readonly string[]; services?: readonly string[]; hashes?: readonly string[] } = {},
): string {
  const tags = ["v=DKIM1"];
  const list = (name: string, items: readonly string[] | undefined): void => {
    if (items !== undefined && items.length > 0) tags.push(`${name}=${items.join(":")}`);
  };
  list("h", options.hashes);
  if (publicKey !== "revoked") tags.push(`k=${keyTypeOf(publicKey)}`);
  list("s", options.services);
  list("t", options.flags);
  tags.push(`p=${publicKey === "revoked" ? "" : publicKeyText(publicKey)}`);
  return tags.join("; ");
}

/** The value of `p=`: SubjectPublicKeyInfo for RSA, the 32 octets alone for Ed25519, in base64. */
export function publicKeyText(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return (keyTypeOf(publicKey) === "rsa" ? der : der.subarray(-32)).toString("base64");
}

function keyTypeOf(key: KeyObject): "rsa" | "ed25519" {
  const type = key.asymmetricKeyType;
  if (type === "rsa" || type === "ed25519") return type;
  throw new TypeError(`a DKIM key is RSA or Ed25519, not ${type ?? "symmetric"}`);
}
