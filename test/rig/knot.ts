import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dig } from "./dig.ts";
import { startPeer, temporaryDirectory, whenReady } from "./peer.ts";

/** A real Knot DNS on addresses of its own, serving zones (origin without final dot → zone text) as they are. */
export async function startKnot(options: {
  addresses: readonly string[];
  port?: number;
  zones: Record<string, string>;
}): Promise<{ stop(): Promise<void> }> {
  const { addresses, port = 53, zones } = options;
  const directory = temporaryDirectory("knot");
  mkdirSync(join(directory.path, "zones"));
  const fileOf = (origin: string): string => join(directory.path, "zones", `${origin}.zone`);
  for (const [origin, text] of Object.entries(zones)) writeFileSync(fileOf(origin), text);
  const configuration = join(directory.path, "knot.conf");
  writeFileSync(
    configuration,
    [
      "server:",
      `  rundir: "${directory.path}"`,
      "  udp-workers: 1",
      "  tcp-workers: 1",
      "  background-workers: 1",
      ...addresses.map((address) => `  listen: ${address}@${port}`),
      "database:",
      `  storage: "${directory.path}"`,
      "log:",
      "  - target: stderr",
      "    any: warning",
      "template:",
      "  - id: default",
      "    journal-content: none",
      "    zonefile-sync: -1",
      "    semantic-checks: off",
      "zone:",
      ...Object.keys(zones).flatMap((origin) => [`  - domain: "${origin}."`, `    file: "${fileOf(origin)}"`]),
      "",
    ].join("\n"),
  );
  const peer = startPeer("knotd", ["-c", configuration]);
  const [host] = addresses;
  if (host === undefined) throw new Error("Knot needs an address");
  // It loads zones one after the other and answers SERVFAIL for those to come.
  for (const origin of Object.keys(zones))
    await whenReady(
      `Knot (${origin})`,
      peer,
      async () => (await dig({ host, port }, origin, "SOA")).answers.length === 1,
    );
  return {
    stop: async () => {
      await peer.stop();
      directory.remove();
    },
  };
}
