/**
 * For each `b=` (base64) as many of its first characters as tell it from the others of the message, eight at least
 * (RFC 6008 §4). Copies of one signature cannot be told apart.
 */
export function signatureStarts(texts: readonly string[]): string[] {
  // Most messages have one, and there is nothing to tell it from.
  if (texts.length === 1) return [texts[0]!.slice(0, startLengthMin)];
  const sorted = [...new Set(texts)].sort();
  const lengths = new Map<string, number>();
  for (const [at, text] of sorted.entries()) {
    // In sorted order the one most alike stands next to it.
    const alike = Math.max(commonLength(text, sorted[at - 1] ?? ""), commonLength(text, sorted[at + 1] ?? ""));
    lengths.set(text, Math.max(startLengthMin, alike + 1));
  }
  return texts.map((text) => text.slice(0, lengths.get(text)));
}

const startLengthMin = 8;

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length++;
  return length;
}
