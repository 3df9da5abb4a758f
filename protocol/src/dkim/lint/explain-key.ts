import { dropFws } from "../signature/base64.ts";
import { readRsaPublicKey } from "../key/der.ts";
import { parseKeyRecord } from "../key/key-record.ts";
import { parseTagList } from "../signature/tag-list.ts";
import { malformed, type KeyFinding } from "./finding.ts";
import { weak } from "./judge-key.ts";

/** Why a record cannot be used, and the record that was meant where that can be told. */
export type Explained = { finding: KeyFinding; meant?: string };

const publishAgain = "publish the whole record again, exactly as it was given";

/** Explains a record that `parseKeyRecord` refuses, or whose `k=` it does not know, once all that pasting did is undone. */
export function explainRecord(text: string): Explained {
  const list = parseTagList(text);
  const lost = keyWithoutName(text);
  if (lost !== undefined) return lost;
  if (!list.ok) {
    return {
      finding: malformed(
        "unreadable",
        `it is no list of tags: ${list.problem} (character ${list.offset + 1})`,
        publishAgain,
      ),
    };
  }
  const p = list.value.get("p");
  if (p === undefined) return { finding: withoutKey(text) };
  const written = dropFws(p.value);
  const keyType = list.value.get("k")?.value ?? "rsa";
  const withKey = (type: string, key: string): string => {
    const others = [...list.value].filter(([name]) => name !== "k" && name !== "p" && name !== "v");
    return ["v=DKIM1", `k=${type}`, ...others.map(([name, { value }]) => `${name}=${value}`), `p=${key}`].join("; ");
  };
  return explainKey(written, keyType, text.length, withKey) ?? { finding: problemOf(text) };
}

/** What `parseKeyRecord` has to say, where no row knows better. */
function problemOf(text: string): KeyFinding {
  const record = parseKeyRecord(text);
  return malformed("unreadable", record.ok ? "it cannot be used" : record.problem, publishAgain);
}

/** The key alone, or behind `v=` and `k=` without its own `p=`. */
function keyWithoutName(text: string): Explained | undefined {
  const tags = text.split(";").map((tag) => tag.trim());
  const at = tags.findIndex((tag) => /^[A-Za-z0-9+/\s]{43,}={0,2}$/.test(tag));
  if (at < 0 || tags.some((tag) => /^p\s?=/.test(tag))) return undefined;
  const key = dropFws(tags[at]!);
  const type = typeOf(Buffer.from(key, "base64"));
  if (type === undefined) return undefined;
  const others = tags.filter((tag, index) => index !== at && tag !== "" && !/^[vk]\s?=/.test(tag));
  return {
    finding: malformed(
      "bare-key",
      "the key stands there without p= before it",
      "put p= before the key, and v=DKIM1; k=… before that",
    ),
    meant: ["v=DKIM1", `k=${type}`, ...others, `p=${key}`].join("; "),
  };
}

function withoutKey(text: string): KeyFinding {
  if (/^v\s?=\s?DKIM1\s?;?$/.test(text))
    return malformed(
      "cut-at-semicolon",
      "it ends at its first semicolon: in a zone file everything behind an unquoted semicolon is a comment",
      "put the record into double quotes in the zone file",
    );
  return malformed("no-key", "there is no p= tag, so there is no key in it", publishAgain);
}

type WithKey = (type: string, key: string) => string;

/** What is wrong with the value of `p=`. */
function explainKey(written: string, keyType: string, recordLength: number, withKey: WithKey): Explained | undefined {
  const plain = written.replace(/-/g, "+").replace(/_/g, "/");
  if (plain !== written && /^[A-Za-z0-9+/]+={0,2}$/.test(plain) && !/[+/]/.test(written)) {
    const meant = withKey(keyType, plain);
    return {
      finding: malformed(
        "base64url",
        "p= is in the alphabet of web addresses (- and _), not in base64 (+ and /)",
        "publish the key in plain base64",
      ),
      ...(parseKeyRecord(meant).ok && { meant }),
    };
  }
  const unreadable = unreadableBase64(written);
  if (unreadable !== undefined) return { finding: unreadable };
  const octets = Buffer.from(written, "base64");
  const misfit = wrongType(octets, written, keyType, withKey);
  if (misfit !== undefined) return misfit;
  if (keyType === "rsa") return { finding: damagedRsa(octets, written, recordLength) };
  if (keyType !== "ed25519") return undefined;
  // Of 32 octets the engine refuses only what is no point of full order.
  if (octets.length === 32) return { finding: weak("small-order") };
  return {
    finding: malformed("ed25519-length", `an Ed25519 key has 32 octets, and ${octets.length} are there`, publishAgain),
  };
}

function unreadableBase64(written: string): KeyFinding | undefined {
  if (/\.{2,}|…|\[snip/.test(written))
    return malformed(
      "abbreviated",
      "the key was shortened for show: dots stand for its middle",
      "copy the whole key from where it is shown in full",
    );
  if (/^[<[{]|\*{2,}|your/i.test(written))
    return malformed("placeholder", "a placeholder stands where the key belongs", "put the key in its place");
  const at = written.search(/[^A-Za-z0-9+/=]/);
  if (at >= 0)
    return malformed(
      "not-base64",
      `character ${at + 1} of the key is none of base64: ${characterName(written[at]!)}`,
      publishAgain,
    );
  const padding = written.indexOf("=");
  if (padding >= 0 && !/^={1,2}$/.test(written.slice(padding)))
    return malformed("not-base64", "= stands inside the key, where it can only be at the end", publishAgain);
  return undefined;
}

const characterName = (character: string): string =>
  /[!-~]/.test(character) ? character : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;

/** Object identifiers of the keys that are not of DKIM, in DER. */
const otherKeys: readonly { oid: string; name: string }[] = [
  { oid: "06072a8648ce3d0201", name: "an elliptic-curve (ECDSA) key" },
  { oid: "06072a8648ce380401", name: "a DSA key" },
  { oid: "06092a864886f70d01010a", name: "an RSA key for PSS alone" },
  { oid: "06032b6571", name: "an Ed448 key" },
  { oid: "06032b656e", name: "an X25519 key, which cannot sign" },
];

/** The key as DKIM carries it tells its type: RSA by its DER, Ed25519 by its 32 octets. */
function typeOf(octets: Buffer): "rsa" | "ed25519" | undefined {
  if (readRsaPublicKey(octets) !== undefined) return "rsa";
  return octets.length === 32 ? "ed25519" : undefined;
}

const ed25519SpkiStart = "302a300506032b6570032100";

/** A sound key of another type than `k=` says, or of a type that DKIM does not have. */
function wrongType(octets: Buffer, written: string, keyType: string, withKey: WithKey): Explained | undefined {
  const hex = octets.toString("hex");
  if (hex.startsWith(ed25519SpkiStart) && octets.length === 44)
    return {
      finding: malformed(
        "ed25519-spki",
        "the Ed25519 key is wrapped as in a PEM file (44 octets); DKIM wants its 32 octets alone",
        "publish the last 32 octets of it, in base64",
      ),
      meant: withKey("ed25519", octets.subarray(12).toString("base64")),
    };
  const other = otherKeys.find(({ oid }) => hex.slice(0, 80).includes(oid));
  if (other !== undefined)
    return {
      finding: malformed(
        "other-key",
        `this is ${other.name}; DKIM has RSA and Ed25519`,
        "make an RSA key of 2048 bits, and publish its record",
      ),
    };
  if (octets.subarray(0, 11).toString("latin1") === "\0\0\0\x07ssh-rsa")
    return {
      finding: malformed(
        "ssh-key",
        "this is a key in the form of SSH",
        "publish the key as openssl rsa -pubout shows it, without its first and last line",
      ),
    };
  if (octets[0] === 0x30 && /^3082....3082....a003020102/.test(hex))
    return {
      finding: malformed(
        "certificate",
        "this is a certificate, not a key",
        "publish the public key in it: openssl x509 -pubkey",
      ),
    };
  const type = typeOf(octets);
  if (type === undefined || type === keyType) return undefined;
  const name = { rsa: "an RSA key", ed25519: "an Ed25519 key" }[type];
  const known = keyType === "rsa" || keyType === "ed25519";
  return {
    finding: malformed(
      known ? "wrong-key-type" : "unknown-key-type",
      known ? `k=${keyType} stands beside ${name}` : `k= names no key type that verifiers know, and the key is ${name}`,
      `write k=${type}`,
    ),
    meant: withKey(type, written),
  };
}

/** How a key with the usual exponent ends, in each of the three ways that octets fall into base64. */
const usualEnd = /(?:AgMBAAE=|IDAQAB|CAwEAAQ==)$/;

/** What became of the DER of an RSA key: it says how long it is. */
function damagedRsa(octets: Buffer, written: string, recordLength: number): KeyFinding {
  const length = derLength(octets);
  const again =
    "publish the whole record again; where the host takes no more than 255 characters, split it into quoted strings of at most 255";
  if (length === undefined)
    return usualEnd.test(written)
      ? malformed("beginning-missing", "the beginning of the key is missing", again)
      : malformed("no-rsa-key", "what stands in p= is no RSA key", publishAgain);
  const missing = length - octets.length;
  if (missing < 0) return malformed("key-too-long", `${-missing} octets stand behind the end of the key`, publishAgain);
  if (missing === 0) return malformed("damaged", "the key has the right length and is damaged inside", publishAgain);
  const counts = `the key says that it has ${length} octets, and ${octets.length} are there`;
  if (usualEnd.test(written)) return malformed("middle-missing", `a part in the middle is missing: ${counts}`, again);
  const at = recordLength === 255 || recordLength === 256 ? `cut at ${recordLength} characters` : "cut short";
  return malformed("cut-short", `it is ${at}: ${counts}`, again);
}

/** How long the SEQUENCE at the start says that it is, header included. */
function derLength(octets: Buffer): number | undefined {
  if (octets[0] !== 0x30 || octets.length < 4) return undefined;
  if (octets[1] === 0x82) return 4 + octets.readUInt16BE(2);
  if (octets[1] === 0x81) return 3 + octets[2]!;
  return octets[1]! < 0x80 ? 2 + octets[1]! : undefined;
}
