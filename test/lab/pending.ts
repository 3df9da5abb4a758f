/** Cases whose check is not there yet. `file`: with `--dns FILE`; `network`: on the lab's internet. A case leaves as soon as it passes. */
export const pending: Record<"file" | "network", readonly string[]> = {
  file: ["takeover-risk"],
  network: [
    "conflicting-records",
    "ds-without-key",
    "glue-stale",
    "lame-delegation",
    "occluded-records",
    "parent-mismatch",
    "resolvers-disagree",
    "server-address-dead",
    "takeover-risk",
    "ttl-unsuitable",
  ],
};
