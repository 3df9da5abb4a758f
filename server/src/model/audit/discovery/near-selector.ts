/**
 * Whether one selector was probably meant by another: they differ in marks, in characters that look alike, or by one slip in a
 * longer word. The numbers have to agree: `s1` and `s2` are two selectors.
 */
export function isNearSelector(one: string, other: string): boolean {
  if (one === other || one.length > selectorLengthMax || other.length > selectorLengthMax) return false;
  if (bare(one) === bare(other)) return true;
  const numbers = (text: string): string => text.replaceAll(/\D/g, "");
  return (
    Math.min(one.length, other.length) >= wordLengthMin && numbers(one) === numbers(other) && isOneSlip(one, other)
  );
}

const selectorLengthMax = 63;
const wordLengthMin = 6;

const bare = (text: string): string => text.replaceAll(/[-_.]/g, "").replaceAll(/[li]/g, "1").replaceAll("o", "0");

/** One character too many, too few or another, or two neighbours exchanged. */
function isOneSlip(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  const rest = (text: string, skipped: number): string => text.slice(start + skipped);
  if (short.length < long.length) return rest(short, 0) === rest(long, 1);
  const isExchanged = short[start] === long[start + 1] && short[start + 1] === long[start];
  return rest(short, 1) === rest(long, 1) || (isExchanged && rest(short, 2) === rest(long, 2));
}
