/** The names above a domain that have two labels or more, the nearest first. */
export function ancestorsOf(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join("."));
}
