import type { ResolveTxt } from "chancery/dkim";
import { txtResolver } from "../engine/resolver/resolve-txt.ts";
import { createStubResolver } from "../engine/resolver/stub.ts";
import { Canary, type CanaryFinding } from "../service/signing/canary.ts";
import type { Config } from "./config-keys.ts";
import type { Log } from "./log.ts";

/**
 * Verifies a sample of what this process signs and logs what does not pass.
 * @param config asked for each look: the recursive resolvers are a setting that can change
 */
export function canaryOf(config: () => Config, log: Log): Canary {
  const resolveTxt: ResolveTxt = (name) => txtResolverOf(config())(name);
  return new Canary({
    resolveTxt,
    report: (finding) => logFinding(log, finding),
    monotonicMs: () => performance.now(),
  });
}

/** The DNS as receivers see it. */
export function txtResolverOf(config: Pick<Config, "resolver.servers">): ResolveTxt {
  const servers = config["resolver.servers"]?.map(({ host, port }) => ({ address: host, port }));
  return txtResolver(createStubResolver(servers === undefined ? {} : { servers }));
}

function logFinding(log: Log, finding: CanaryFinding): void {
  if (finding.result === "pass") log.debug(finding, "a signature of ours verifies");
  else if (finding.result === "temperror") log.warn(finding, "a signature of ours could not be checked");
  else log.error(finding, "a signature of ours does not verify");
}
