import { randomBytes } from "node:crypto";
import { parseCookieSecret, type CookieSecrets } from "chancery/dns";
import { readOrMakeSecret } from "../data-directory.ts";
import type { Log } from "../log.ts";

/**
 * The secrets of DNS cookies, the one that makes them first: those of the configuration, else those of the file, one a line, which is made when
 * it is missing. A file that cannot be read or made is no reason to be silent: then the secret is this process's own, and clients learn new
 * cookies when it ends.
 */
export function cookieSecrets(configured: readonly string[] | undefined, file: string, log: Log): CookieSecrets {
  const texts = configured ?? readFile(file, log);
  return texts.flatMap((text) => {
    const secret = parseCookieSecret(text);
    return secret.ok ? [secret.value] : [];
  });
}

const newSecret = (): string => randomBytes(16).toString("hex");

function readFile(file: string, log: Log): string[] {
  let problem = "each line has to be 32 hexadecimal digits";
  try {
    const texts = readOrMakeSecret(file, newSecret).value.split(/\s+/);
    if (texts.every((text) => parseCookieSecret(text).ok)) return texts;
  } catch (error) {
    problem = (error as Error).message;
  }
  log.warn({ file, problem }, "the secret of DNS cookies cannot be kept; this start uses one of its own");
  return [newSecret()];
}
