import type { DnsPeerRecipe } from "../dns-peer.ts";

/** The name servers of others that ours is compared with. */
export type PeerName = "NSD" | "Knot" | "BIND";

type ZoneText = { origin: string; text: string };

/** Rate limits off, no cookies unless asked for, answers as short as ours, and no larger over UDP. */
export const recipes: Record<PeerName, (zones: readonly ZoneText[]) => DnsPeerRecipe> = {
  NSD: (zones) => ({
    install: "nsd",
    host: "127.54.17.61",
    complaint: /error/i,
    command: ({ directory }) => ["nsd", "-d", "-c", `${directory}/nsd.conf`],
    files: ({ directory, host, port }) => ({
      ...zoneFiles(zones),
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
  refuse-any: no
  ipv4-edns-size: 1232
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  tcp-count: 100
remote-control:
  control-enable: no
${zones.map(({ origin }, index) => `zone:\n  name: "${origin}"\n  zonefile: "${index}.zone"\n`).join("")}`,
    }),
  }),
  Knot: (zones) => ({
    install: "knot",
    host: "127.54.17.62",
    complaint: /error|failed/i,
    command: ({ directory }) => ["knotd", "-c", `${directory}/knot.conf`],
    files: ({ directory, host, port }) => ({
      ...zoneFiles(zones),
      "knot.conf": `server:
  listen: "${host}@${port}"
  rundir: "${directory}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: 1232
  tcp-max-clients: 100
log:
  - target: stderr
    any: warning
control:
  listen: "${directory}/knot.sock"
database:
  storage: "${directory}"
template:
  - id: default
    storage: "${directory}"
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
zone:
${zones.map(({ origin }, index) => `  - domain: "${origin}"\n    file: "${index}.zone"\n`).join("")}`,
    }),
  }),
  BIND: (zones) => ({
    install: "bind9",
    host: "127.0.0.1", // it takes none that no interface names
    complaint: /zone .*(?:not loaded|error|failed)/i,
    command: ({ directory }) => ["named", "-g", "-n", "1", "-c", `${directory}/named.conf`],
    files: ({ directory, host, port }) => ({
      ...zoneFiles(zones),
      "named.conf": `options {
  directory "${directory}";
  listen-on port ${port} { ${host}; };
  listen-on-v6 { none; };
  pid-file "${directory}/named.pid";
  session-keyfile none;
  recursion no;
  minimal-responses yes;
  minimal-any no;
  zero-no-soa-ttl no;
  empty-zones-enable no;
  max-udp-size 1232;
  nocookie-udp-size 1232;
  answer-cookie no;
  check-names primary ignore;
  check-integrity no;
  check-mx ignore;
  check-srv-cname ignore;
  check-mx-cname ignore;
  check-wildcard no;
  check-sibling no;
  check-spf ignore;
  notify no;
};
controls { };
${zones.map(({ origin }, index) => `zone "${origin}" { type primary; file "${index}.zone"; };`).join("\n")}`,
    }),
  }),
};

const zoneFiles = (zones: readonly ZoneText[]): Record<string, string> =>
  Object.fromEntries(zones.map(({ text }, index) => [`${index}.zone`, text]));
