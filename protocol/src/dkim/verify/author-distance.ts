/**
 * How near signing domains are to the author domains of a message: 0 the same as one of them, 1 above one, 2 below one,
 * 3 elsewhere. A message can hold thousands of both, so each is looked up and none compared with all.
 */
export function authorDistance(authorDomains: readonly string[]): (signingDomain: string) => number {
  const same = new Set(authorDomains);
  const above = new Set(authorDomains.flatMap(ancestorsOf));
  return (signingDomain) => {
    if (same.has(signingDomain)) return 0;
    if (above.has(signingDomain)) return 1;
    return ancestorsOf(signingDomain).some((ancestor) => same.has(ancestor)) ? 2 : 3;
  };
}

function ancestorsOf(domain: string): string[] {
  const ancestors: string[] = [];
  for (let dot = domain.indexOf("."); dot >= 0; dot = domain.indexOf(".", dot + 1))
    ancestors.push(domain.slice(dot + 1));
  return ancestors;
}
