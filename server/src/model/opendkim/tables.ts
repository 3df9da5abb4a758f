/** A line of a KeyTable: which key signs as which domain, under which selector. `key`: a file, or the key itself. */
export type KeyTableEntry = { name: string; domain: string; selector: string; key: string };

/** What a configuration of OpenDKIM says about keys. Absent: not set. */
export type OpendkimConf = {
  keyTable?: string;
  signingTable?: string;
  /** Of the simple form, without tables. */
  domains: readonly string[];
  selector?: string;
  keyFile?: string;
};

export type Lines<T> = { entries: T[]; problems: string[] };

const linesMax = 100_000;

/** A KeyTable (opendkim.conf(5)): `NAME DOMAIN:SELECTOR:KEY` a line; `#` begins a comment. Problems name the line, and nothing of a key. */
export function parseKeyTable(text: string): Lines<KeyTableEntry> {
  const found: Lines<KeyTableEntry> = { entries: [], problems: [] };
  for (const { line, number } of linesOf(text)) {
    const [name, value] = split(line);
    const [domain = "", selector = "", ...key] = value.split(":");
    if (name === "" || domain === "" || selector === "" || key.join(":") === "")
      found.problems.push(`line ${number} of the key table is not NAME DOMAIN:SELECTOR:KEY`);
    else
      found.entries.push({ name, domain: domain.toLowerCase(), selector: selector.toLowerCase(), key: key.join(":") });
  }
  return found;
}

/** A SigningTable: `PATTERN NAME` a line. Answers the patterns of each name, in the order of the table. */
export function parseSigningTable(text: string): Lines<{ pattern: string; name: string }> {
  const found: Lines<{ pattern: string; name: string }> = { entries: [], problems: [] };
  for (const { line, number } of linesOf(text)) {
    const [pattern, name] = split(line);
    if (name === "") found.problems.push(`line ${number} of the signing table is not PATTERN NAME`);
    else found.entries.push({ pattern, name });
  }
  return found;
}

/** opendkim.conf, as far as it speaks of keys. Data sets are named with their kind in front (`refile:/etc/...`). */
export function parseOpendkimConf(text: string): OpendkimConf {
  const values = new Map<string, string>();
  for (const { line } of linesOf(text)) {
    const [name, value] = split(line);
    values.set(name.toLowerCase(), value);
  }
  const fileOf = (name: string): string | undefined => values.get(name)?.replace(/^(?:refile|file|csl):/, "");
  const [keyTable, signingTable, selector, keyFile] = [
    fileOf("keytable"),
    fileOf("signingtable"),
    values.get("selector"),
    values.get("keyfile"),
  ];
  return {
    domains: (fileOf("domain") ?? "")
      .split(",")
      .map((domain) => domain.trim().toLowerCase())
      .filter((domain) => /^[a-z0-9._-]+\.[a-z0-9-]+$/.test(domain)),
    ...(keyTable !== undefined && { keyTable }),
    ...(signingTable !== undefined && { signingTable }),
    ...(selector !== undefined && { selector: selector.toLowerCase() }),
    ...(keyFile !== undefined && { keyFile }),
  };
}

/** Lines that say something, without their comments; a KEY may hold a `#` nowhere. */
function linesOf(text: string): { line: string; number: number }[] {
  return text
    .split("\n", linesMax)
    .map((line, index) => ({ line: line.replace(/#.*$/, "").trim(), number: index + 1 }))
    .filter(({ line }) => line !== "");
}

/** The first word, and the rest. */
function split(line: string): [string, string] {
  const at = line.search(/[ \t]/);
  return at === -1 ? [line, ""] : [line.slice(0, at), line.slice(at).trim()];
}
