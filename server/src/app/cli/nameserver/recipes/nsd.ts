import { endpointText } from "../../../config-keys.ts";
import { lines, type Recipe, type RecipeFacts, sourceAddress } from "./recipe.ts";

/** What the follower and NSD have to agree on. */
export const memberPattern = "chancery-member";

/** NSD 4.6, as Debian has it, knows no catalog zones: `chancery nameserver follow-catalog` beside it adds and removes zones. */
export function nsdRecipe(facts: RecipeFacts): Recipe {
  const { primary, catalog, key } = facts;
  const source = sourceAddress(facts);
  return {
    files: [
      {
        name: "chancery-key.conf",
        holdsSecret: true,
        text: lines(
          "key:",
          `    name: "${key.name}"`,
          `    algorithm: ${key.algorithm}`,
          `    secret: "${key.secret}"`,
        ),
      },
      {
        name: "chancery.conf",
        holdsSecret: false,
        text: lines(
          "server:",
          "    # What was fetched and is not in a file yet is lost when NSD ends; the usual is once an hour.",
          "    zonefiles-write: 10",
          "",
          "pattern:",
          `    name: "${memberPattern}"`,
          `    zonefile: "chancery/%s.zone"`,
          `    request-xfr: ${primary.host}@${primary.port} ${key.name}`,
          source === undefined ? undefined : `    outgoing-interface: ${source}`,
          "    # NOTIFY that is signed with the key is believed wherever it comes from.",
          `    allow-notify: 0.0.0.0/0 ${key.name}`,
          `    allow-notify: ::/0 ${key.name}`,
        ),
      },
      {
        name: "follower.yaml",
        holdsSecret: true,
        text: lines(
          `catalog: ${catalog}`,
          `primary: "${endpointText(primary)}"`,
          source === undefined ? undefined : `from: "${source}"`,
          `key: {name: ${key.name}, algorithm: ${key.algorithm}, secret: "${key.secret}"}`,
          `pattern: ${memberPattern}`,
          "# Where NSD keeps the files of these zones: zonesdir of nsd.conf, and chancery within it.",
          "zone_files: /var/lib/nsd/chancery",
          "state: /var/lib/chancery-follower",
        ),
      },
    ],
    steps: [
      "Add to nsd.conf:",
      "  include: /etc/nsd/chancery/chancery-key.conf",
      "  include: /etc/nsd/chancery/chancery.conf",
      "remote-control has to be on (control-enable: yes); then: nsd-checkconf /etc/nsd/nsd.conf && systemctl restart nsd",
      "and run beside it, as a user that may use nsd-control (docs/operate/secondaries.md has a unit for systemd):",
      "  chancery nameserver follow-catalog /etc/nsd/chancery/follower.yaml",
    ],
  };
}
