import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a zone is signed; times in epoch seconds. Absent means ECDSAP256SHA256, NSEC, valid for a month from yesterday. */
export type Signing = { algorithm?: string; nsec3?: readonly string[]; inception?: number; expiration?: number };
export type SignedZone = { origin: string; text: string; ds: string };

const packageOf = (command: string): string => (command.startsWith("ldns-") ? "ldnsutils" : "bind9-utils");

function run(directory: string, command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw missing ? new Error(`${command} is needed for this: apt install ${packageOf(command)}`) : error;
  }
}

/** Signs a master file with two new keys, as ldns does it; `ds` is the record for the parent, without its owner. */
export function signZone(directory: string, origin: string, text: string, signing: Signing = {}): SignedZone {
  const { algorithm = "ECDSAP256SHA256", nsec3, inception, expiration } = signing;
  const bits = algorithm.startsWith("RSA") ? ["-b", "1024"] : [];
  const newKey = (...role: string[]): string =>
    run(directory, "ldns-keygen", ["-a", algorithm, ...bits, ...role, origin]).trim();
  const [keySigning, zoneSigning] = [newKey("-k"), newKey()];
  const file = join(directory, `${keySigning}.zone`);
  writeFileSync(file, text);
  const now = Math.floor(Date.now() / 1000);
  const times = ["-i", String(inception ?? now - 86_400), "-e", String(expiration ?? now + 30 * 86_400)];
  const hashed = nsec3 ? ["-n", ...nsec3] : [];
  run(directory, "ldns-signzone", [
    "-o",
    origin,
    ...times,
    ...hashed,
    "-f",
    `${file}.signed`,
    file,
    keySigning,
    zoneSigning,
  ]);
  const ds = run(directory, "ldns-key2ds", ["-n", "-2", `${keySigning}.key`]).split(/\bDS\b/)[1] ?? "";
  return { origin, text: readFileSync(`${file}.signed`, "utf8"), ds: ds.trim() };
}

/** The same by BIND, with NSEC3 records for signed delegations alone (opt-out), which ldns does not leave out. */
export function signWithOptOut(directory: string, origin: string, text: string): SignedZone {
  const key = run(directory, "dnssec-keygen", ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin]).trim();
  const file = join(directory, `${key}.zone`);
  writeFileSync(file, `${text}\n$INCLUDE ${key}.key\n`);
  run(directory, "dnssec-signzone", [
    "-z",
    "-A",
    "-3",
    "aabb",
    "-H",
    "5",
    "-o",
    origin,
    "-f",
    `${file}.signed`,
    file,
    key,
  ]);
  const ds = run(directory, "dnssec-dsfromkey", ["-2", `${key}.key`]).split(/\bDS\b/)[1] ?? "";
  return { origin, text: readFileSync(`${file}.signed`, "utf8"), ds: ds.trim() };
}
