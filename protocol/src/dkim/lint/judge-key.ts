import type { KeyObject } from "node:crypto";
import type { KeyRecord } from "../key/key-record.ts";
import { rsaBitsMax, rsaBitsMin, type PublicKey } from "../key/public-key.ts";
import type { TagList } from "../signature/tag-list.ts";
import { rsaNumbers, weaknessOf, type Weakness } from "../key/weak-key.ts";
import type { KeyFinding, Mistake } from "./finding.ts";

/** RSA keys in bits: what is advised, and what every verifier takes (RFC 8301 §3.2). */
const rsaBitsAdvised = 2048;
const rsaBitsCommon = 4096;

const rotate = "rotate to a new key of 2048 bits";

const weaknesses: Record<Weakness, string> = {
  "exponent-one": "its exponent is 1: anybody can write a signature",
  "even-exponent": "its exponent is even, so it is no RSA key: no signature can be right",
  "small-factor": "a small prime divides its modulus: anybody can work out the private half",
  "close-primes": "its two primes are close together: anybody can work out the private half in moments",
  roca: "it was made by a chip with a known fault (ROCA, CVE-2017-15361): the private half can be worked out",
  debian: "it was made on Debian or Ubuntu between 2006 and 2008 (CVE-2008-0166): its private half is on a public list",
  published: "its private half is printed in a standard, for everybody to use in tests",
  "small-order": "anybody can write a signature for it",
};

/** What a record that reads well says beside its key: tags, flags, restrictions. */
export function judgeTags(record: KeyRecord, tags: TagList): KeyFinding[] {
  const findings: KeyFinding[] = [];
  const { hashes, services, flags } = record;
  if (hashes !== undefined && !hashes.includes("sha256"))
    findings.push(
      unusable(
        "hash",
        "h= does not allow sha256, and no verifier takes SHA-1 any more",
        "remove h=, or write h=sha256",
      ),
    );
  else if (hashes?.includes("sha1"))
    findings.push(
      unusual(
        "sha1-allowed",
        "info",
        "h= still allows SHA-1, which no verifier takes any more",
        "write h=sha256, or leave h= out",
      ),
    );
  if (!services.includes("*") && !services.includes("email"))
    findings.push(
      services.includes("tlsrpt")
        ? unusual(
            "reports-only",
            "info",
            "s=tlsrpt: the key is for TLS reports alone, not for other mail",
            "nothing, if that is meant; else remove s=",
          )
        : unusable("service", "s= does not allow e-mail", "remove s=, or write s=email"),
    );
  if (flags.includes("y"))
    findings.push({
      code: "KeyTesting",
      severity: "medium",
      mistake: "testing",
      problem: "t=y: verifiers are asked to treat signed mail like unsigned mail",
      remedy: "remove t=y once signing works",
    });
  const g = tags.get("g");
  if (g !== undefined && g.value !== "*")
    findings.push(
      unusual(
        "granularity",
        "low",
        "g= is obsolete; verifiers of before 2011 may refuse mail because of it",
        "remove g=",
      ),
    );
  if (!tags.has("v"))
    findings.push(
      unusual(
        "no-version",
        "info",
        "v=DKIM1 is missing, which the standard allows and some checkers do not; large providers leave it out",
        "put v=DKIM1; at the start",
      ),
    );
  const unknown = [...tags.keys()].filter((name) => !"vhknptsg".includes(name) || name.length !== 1);
  if (unknown.length > 0)
    findings.push(
      unusual(
        "unknown-tags",
        "info",
        `verifiers pass over tags that they do not know: ${unknown
          .slice(0, 5)
          .map((name) => name.slice(0, 20))
          .join(", ")}`,
        "remove them, if they are a slip",
      ),
    );
  const p = tags.get("p")?.value ?? "";
  if (/[ \t\r\n]/.test(p))
    findings.push(
      unusual(
        "blanks-in-key",
        "low",
        "blanks stand inside p=; the standard allows them, some verifiers do not",
        "publish the key without blanks in it",
      ),
    );
  if (record.warnings.includes("missing-padding"))
    findings.push(
      unusual(
        "missing-padding",
        "low",
        "the = at the end of the key is missing; some verifiers refuse that",
        "publish the key with its = at the end",
      ),
    );
  return findings;
}

/** Whether the key itself is any good. */
export function judgeKey(key: PublicKey, isKnownWeak: IsKnownWeak): KeyFinding[] {
  const weakness = weaknessOf(key.object) ?? isKnownWeak(key.object);
  const findings = weakness === undefined ? [] : [weak(weakness)];
  if (key.keyType !== "rsa") return findings;
  const bits = `RSA with ${key.bits} bits`;
  if (key.bits < rsaBitsMin)
    findings.push({
      ...weakBits("critical", `${bits}: it can be broken, and verifiers refuse it`),
      mistake: "too-small",
    });
  else if (key.bits < rsaBitsAdvised)
    findings.push({ ...weakBits("low", `${bits}: 2048 are advised`), mistake: "small" });
  else if (key.bits > rsaBitsMax) findings.push(unusable("too-large", `${bits}: verifiers refuse it`, rotate));
  else if (key.bits > rsaBitsCommon)
    findings.push(unusual("large", "low", `${bits}: verifiers need not accept more than 4096`, rotate));
  const { exponent } = rsaNumbers(key.object);
  if (exponent < 65537n)
    findings.push(
      unusual(
        "small-exponent",
        "low",
        `its exponent is ${exponent}; 65537 is what everybody uses`,
        "use 65537 for the next key",
      ),
    );
  return findings;
}

/** A list of broken keys that the library does not carry itself. */
export type IsKnownWeak = (publicKey: KeyObject) => Weakness | undefined;

export const weak = (weakness: Weakness): KeyFinding => ({
  code: "KeyWeak",
  severity: "critical",
  mistake: weakness,
  problem: `the key is broken: ${weaknesses[weakness]}`,
  remedy: `${rotate} at once, and revoke this one`,
});

const weakBits = (severity: "critical" | "low", problem: string): Omit<KeyFinding, "mistake"> => ({
  code: "KeyWeak",
  severity,
  problem,
  remedy: rotate,
});

export const unusable = (mistake: Mistake, problem: string, remedy: string): KeyFinding => ({
  code: "KeyUnusable",
  severity: "high",
  mistake,
  problem,
  remedy,
});

const unusual = (mistake: Mistake, severity: "low" | "info", problem: string, remedy: string): KeyFinding => ({
  code: "KeyUnusual",
  severity,
  mistake,
  problem,
  remedy,
});
