import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dig } from "./dig.ts";
import { freePort, startPeer, temporaryDirectory, whenReady } from "./peer.ts";

/** A real BIND as a validating resolver. `keysFile`: its trust anchor, in the form that `delv -a` takes too. */
export type BindResolver = { address: string; port: number; keysFile: string; stop(): Promise<void> };

/**
 * Starts BIND with a private root, of which `anchor` is the DS record without its owner. It listens on a free port of 127.0.0.1, since it
 * takes only addresses that an interface has.
 */
export async function startBindResolver(options: {
  root: { name: string; address: string };
  anchor: string;
}): Promise<BindResolver> {
  const { root, anchor } = options;
  const address = "127.0.0.1";
  const port = await freePort(address);
  const directory = temporaryDirectory("bind");
  const file = (name: string): string => join(directory.path, name);
  const [keyTag = "", algorithm = "", digestType = "", digest = ""] = anchor.split(" ");
  writeFileSync(file("root.hints"), `. 3600 IN NS ${root.name}.\n${root.name}. 3600 IN A ${root.address}\n`);
  const anchors = `trust-anchors { . static-ds ${keyTag} ${algorithm} ${digestType} "${digest}"; };\n`;
  writeFileSync(file("keys"), anchors);
  writeFileSync(
    file("named.conf"),
    `options {
  directory "${directory.path}";
  pid-file "${file("named.pid")}";
  session-keyfile "${file("session.key")}";
  listen-on port ${port} { ${address}; };
  listen-on-v6 { none; };
  recursion yes;
  allow-query { 127.0.0.0/8; };
  dnssec-validation yes;
  empty-zones-enable no;
};
controls { };
zone "." { type hint; file "${file("root.hints")}"; };
${anchors}`,
  );
  const peer = startPeer("named", ["-c", file("named.conf"), "-f", "-g", "-n", "1"]);
  await whenReady("BIND", peer, async () => (await dig({ host: address, port }, ".", "SOA")).rcode === "NOERROR");
  return {
    address,
    port,
    keysFile: file("keys"),
    stop: async () => {
      await peer.stop();
      directory.remove();
    },
  };
}
