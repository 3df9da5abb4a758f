import { isIPv6 } from "node:net";
import { lines, type Recipe, type RecipeFacts, sourceAddress } from "./recipe.ts";

/** BIND 9.18 or later: it reads the catalog by itself. */
export function bindRecipe(facts: RecipeFacts): Recipe {
  const { primary, catalog, key } = facts;
  const source = sourceAddress(facts);
  const sourceOption = isIPv6(primary.host) ? "transfer-source-v6" : "transfer-source";
  const primaries = `${primary.host} port ${primary.port} key "${key.name}"`;
  return {
    files: [
      {
        name: "chancery-key.conf",
        holdsSecret: true,
        text: lines(`key "${key.name}" {`, `    algorithm ${key.algorithm};`, `    secret "${key.secret}";`, "};"),
      },
      {
        name: "chancery-options.conf",
        holdsSecret: false,
        text: lines(
          "// NOTIFY that is signed with the key is believed wherever it comes from.",
          `allow-notify { key "${key.name}"; };`,
          "catalog-zones {",
          `    zone "${catalog}"`,
          `        default-primaries { ${primaries}; }`,
          "        in-memory no",
          "        min-update-interval 1;",
          "};",
        ),
      },
      {
        name: "chancery.conf",
        holdsSecret: false,
        text: lines(
          source === undefined ? undefined : `server ${primary.host} { ${sourceOption} ${source}; };`,
          `zone "${catalog}" {`,
          "    type secondary;",
          `    file "${catalog}.db";`,
          `    primaries { ${primaries}; };`,
          "    // The catalog is nobody's business but ours.",
          "    allow-query { none; };",
          "    allow-transfer { none; };",
          "    notify no;",
          "};",
        ),
      },
    ],
    steps: [
      "Add within options { … } of named.conf:",
      '  include "/etc/bind/chancery/chancery-options.conf";',
      "and outside of it:",
      '  include "/etc/bind/chancery/chancery-key.conf";',
      '  include "/etc/bind/chancery/chancery.conf";',
      "then: named-checkconf && rndc reconfig",
      "If options has an allow-notify of its own, write the key into that one instead.",
    ],
  };
}
