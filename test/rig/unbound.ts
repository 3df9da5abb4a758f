import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, startPeer, temporaryDirectory, whenReady } from "./peer.ts";

/** A real Unbound: the resolver of somebody who receives mail. */
export type Unbound = {
  address: string;
  port: number;
  /** Forgets everything, as a resolver elsewhere that never asked before. */
  flush(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts Unbound with a private root. It validates where it is given the root's DS record (`anchor`), caches as told, and goes
 * to loopback like anywhere else. `localData`: records with whole names that it answers whatever the world says.
 */
export async function startUnbound(options: {
  address: string;
  port?: number;
  root: { name: string; address: string };
  anchor?: string;
  cacheSeconds?: { min?: number; max?: number };
  localData?: readonly string[];
}): Promise<Unbound> {
  const { address, port = 53, root, anchor, cacheSeconds = {}, localData = [] } = options;
  const directory = temporaryDirectory("unbound");
  const hints = join(directory.path, "root.hints");
  writeFileSync(hints, `. 3600 IN NS ${root.name}.\n${root.name}. 3600 IN A ${root.address}\n`);
  const configuration = join(directory.path, "unbound.conf");
  writeFileSync(
    configuration,
    unboundConfiguration(directory.path, { address, port, hints, anchor, cacheSeconds, localData }),
  );
  const peer = startPeer("unbound", ["-d", "-c", configuration]);
  const control = (...words: string[]) => run("unbound-control", ["-c", configuration, ...words]);
  await whenReady("Unbound", peer, async () => (await control("status")).status === 0);
  return {
    address,
    port,
    flush: async () => {
      const flushed = await control("flush_zone", ".");
      if (flushed.status !== 0) throw new Error(`unbound-control: ${flushed.stdout}${flushed.stderr}`);
      await control("flush_infra", "all");
    },
    stop: async () => {
      await peer.stop();
      directory.remove();
    },
  };
}

const unboundConfiguration = (
  directory: string,
  {
    address,
    port,
    hints,
    anchor,
    cacheSeconds,
    localData,
  }: {
    address: string;
    port: number;
    hints: string;
    anchor: string | undefined;
    cacheSeconds: { min?: number; max?: number };
    localData: readonly string[];
  },
): string =>
  [
    "server:",
    `  interface: ${address}@${port}`,
    `  directory: "${directory}"`,
    `  pidfile: "${directory}/unbound.pid"`,
    `  root-hints: "${hints}"`,
    '  chroot: ""',
    '  username: ""',
    ...(anchor === undefined
      ? ['  module-config: "iterator"']
      : ['  module-config: "validator iterator"', `  trust-anchor: ". DS ${anchor}"`]),
    "  num-threads: 1",
    "  do-ip6: no",
    "  do-daemonize: no",
    "  do-not-query-localhost: no",
    "  use-syslog: no",
    '  logfile: ""',
    "  access-control: 127.0.0.0/8 allow",
    ...(cacheSeconds.min === undefined ? [] : [`  cache-min-ttl: ${cacheSeconds.min}`]),
    ...(cacheSeconds.max === undefined
      ? []
      : [`  cache-max-ttl: ${cacheSeconds.max}`, `  cache-max-negative-ttl: ${cacheSeconds.max}`]),
    // The built-in empty zones of RFC 6303 and 6761 would hide names under example and test.
    '  local-zone: "test." transparent',
    ...localData.flatMap((line) => [`  local-zone: "${line.split(" ", 1)[0]}" transparent`, `  local-data: '${line}'`]),
    "remote-control:",
    "  control-enable: yes",
    `  control-interface: "${directory}/control"`,
    "  control-use-cert: no",
    "",
  ].join("\n");
