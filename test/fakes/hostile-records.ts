import type { Random } from "../fuzz/random.ts";

/*
 * Names and data as somebody writes them who wants to get out of a zone: separators, escapes, comments, directives and line ends of
 * master files, other scripts, names of others.
 */

const namePieces = [
  "a", "www", "*", "@", ".", "..", "\\.", "\\046", "\\", "\\\\", "\\000", "\\010", "\\256", '"', "(", ")", ";", " ", "\t", "\n", "\r\n", "\0",
  "ü", "\u202e", "。", "$ORIGIN", "$INCLUDE /etc/passwd", "example.com", "example.org", "example.com.", "_domainkey", "_dmarc", "x IN A 192.0.2.66",
  "IN", "3600", "A".repeat(63), "b".repeat(64), "\\032", "$", "%41", "xn--nxasmq6b",
]; // prettier-ignore

const dataPieces = [
  '"', "\\", '\\"', "\\\\", "\\034", "\\010", "\\000", "\n", "\r", "\0", ";", "(", ")", " ", "\t", "a", "evil", "v=spf1 -all", "\nwww IN A 192.0.2.66",
  '"\n$ORIGIN example.org.\n', "10 ", "0 ", "mx.example.net.", "www.example.com", ".", "@", "*", "\\#", " 4 c0000201", "\\# 2 ", "192.0.2.1", "2001:db8::1",
  "issue", "0 issue ", "ü", "\u202e", "x".repeat(255), "y".repeat(300), "3 1 1 ", "ab",
]; // prettier-ignore

const types = [
  "TXT",
  "TXT",
  "TXT",
  "CNAME",
  "MX",
  "CAA",
  "SRV",
  "A",
  "AAAA",
  "TLSA",
  "NS",
  "TYPE65280",
  "HINFO",
  "DNAME",
  "SSHFP",
] as const;

const text = (random: Random, pieces: readonly string[], piecesMax: number): string =>
  Array.from({ length: 1 + random.below(piecesMax) }, () => random.pick(pieces)).join("");

/** One record as a hostile tenant asks for it; some of them are sound. */
export function hostileRecord(random: Random): { name: string; type: string; data: string[] } {
  const ending = random.pick(["", ".example.com", ".example.com.", "example.com"]);
  return {
    name: text(random, namePieces, 4) + ending,
    type: random.pick(types),
    data: Array.from({ length: 1 + random.below(2) }, () => text(random, dataPieces, 5)),
  };
}
