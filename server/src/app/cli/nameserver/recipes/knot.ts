import { lines, type Recipe, type RecipeFacts, sourceAddress } from "./recipe.ts";

/** Knot DNS 3.1 or later: it reads the catalog by itself. */
export function knotRecipe(facts: RecipeFacts): Recipe {
  const { primary, catalog, key } = facts;
  const source = sourceAddress(facts);
  return {
    files: [
      {
        name: "chancery-key.conf",
        holdsSecret: true,
        text: lines("key:", `  - id: ${key.name}.`, `    algorithm: ${key.algorithm}`, `    secret: "${key.secret}"`),
      },
      {
        name: "chancery.conf",
        holdsSecret: false,
        text: lines(
          "remote:",
          "  - id: chancery",
          `    address: ${primary.host}@${primary.port}`,
          source === undefined ? undefined : `    via: ${source}`,
          `    key: ${key.name}.`,
          "",
          "acl:",
          "  # NOTIFY, and nobody transfers anything from here.",
          "  - id: chancery-notify",
          `    key: ${key.name}.`,
          "    action: notify",
          "",
          "template:",
          "  # What every zone of the catalog is served with. The journal holds the zone: there is no file to go stale.",
          "  - id: chancery-member",
          "    master: chancery",
          "    acl: chancery-notify",
          "    journal-content: all",
          "    zonefile-load: none",
          "    zonefile-sync: -1",
          "    semantic-checks: off",
          "",
          "zone:",
          `  - domain: ${catalog}.`,
          "    master: chancery",
          "    acl: chancery-notify",
          "    catalog-role: interpret",
          "    catalog-template: chancery-member",
          "    journal-content: all",
          "    zonefile-load: none",
          "    zonefile-sync: -1",
        ),
      },
    ],
    steps: [
      "Add to knot.conf:",
      "  include: /etc/knot/chancery/chancery-key.conf",
      "  include: /etc/knot/chancery/chancery.conf",
      "then: knotc conf-check && knotc reload",
    ],
  };
}
