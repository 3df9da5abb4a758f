import { startDnsPeer, type DnsPeerRecipe } from "../../test/interop/dns-peer.ts";
import type { Contender } from "./load.ts";
import { keyQuery, origin } from "./keys.ts";

export type PeerName = "NSD" | "Knot" | "PowerDNS";

/** A peer may take so long to read a zone of a million keys. */
const readySeconds = 120;

/**
 * One process, one thread for queries; rate limiting on where there is any, the limit so high that it only counts; cookies on where a client
 * without one is answered (Knot and PowerDNS send it away); AXFR for all.
 */
const recipes: Record<PeerName, (zoneFile: string) => DnsPeerRecipe> = {
  NSD: (zoneFile) => ({
    install: "nsd",
    host: "127.54.17.63",
    complaint: /error/i,
    command: ({ directory }) => ["nsd", "-d", "-c", `${directory}/nsd.conf`],
    files: ({ directory, host, port }) => ({
      "nsd.conf": `server:
  ip-address: ${host}@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: "${directory}/nsd.pid"
  zonelistfile: "${directory}/zone.list"
  xfrdfile: "${directory}/xfrd.state"
  minimal-responses: yes
  confine-to-zone: yes
  answer-cookie: yes
  rrl-ratelimit: 100000000
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "${origin}"
  zonefile: "${zoneFile}"
  provide-xfr: 127.0.0.0/8 NOKEY
`,
    }),
  }),
  Knot: (zoneFile) => ({
    install: "knot",
    host: "127.54.17.64",
    complaint: /error|failed/i,
    command: ({ directory }) => ["knotd", "-c", `${directory}/knot.conf`],
    files: ({ directory, host, port }) => ({
      "knot.conf": `server:
  listen: "${host}@${port}"
  rundir: "${directory}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
control:
  listen: "${directory}/knot.sock"
database:
  storage: "${directory}"
mod-rrl:
  - id: default
    rate-limit: 100000000
acl:
  - id: all
    address: 127.0.0.0/8
    action: transfer
template:
  - id: default
    global-module: [mod-rrl/default]
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: "${origin}"
    file: "${zoneFile}"
    acl: all
`,
    }),
  }),
  PowerDNS: (zoneFile) => ({
    install: "pdns-server pdns-backend-bind",
    host: "127.54.17.65",
    complaint: /error|unable|fatal/i,
    command: ({ directory }) => ["pdns_server", `--config-dir=${directory}`],
    files: ({ directory, host, port }) => ({
      "named.conf": `zone "${origin}" { type master; file "${zoneFile}"; };\n`,
      "pdns.conf": `launch=bind
bind-config=${directory}/named.conf
local-address=${host}
local-port=${port}
socket-dir=${directory}
daemon=no
guardian=no
receiver-threads=1
distributor-threads=1
allow-axfr-ips=127.0.0.0/8
setuid=
setgid=
`,
    }),
  }),
};

/** Starts a peer on a zone file; also answers how long it took until it answered, in seconds. */
export async function startPeer(name: PeerName, zoneFile: string): Promise<Contender & { startSeconds: number }> {
  const started = performance.now();
  const peer = await startDnsPeer(recipes[name](zoneFile), keyQuery(0), readySeconds);
  return { ...peer, startSeconds: (performance.now() - started) / 1000 };
}
