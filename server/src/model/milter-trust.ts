import type { MilterMessage } from "chancery/milter";

/** Whose mail the MTA says this is: our own side's, to be signed, or somebody else's, on its way in. */
export type MilterOrigin = "submitted" | "inbound";

/**
 * Mail is our side's when its client has authenticated, when it came over a socket of this machine, or when the client's
 * address is one that the operator trusts; Postfix shows sendmail(1) as a client at 127.0.0.1. Nothing in the message itself counts: a header field is written by
 * whoever sends it (DKIM-S-22, MLT-28).
 */
export function milterOrigin(
  { connect, macros }: Pick<MilterMessage, "connect" | "macros">,
  trusted: (address: string) => boolean,
): MilterOrigin {
  if ((macros.get("auth_authen") ?? "") !== "") return "submitted";
  if (connect?.family === "unix") return "submitted";
  return connect?.address !== undefined && trusted(connect.address) ? "submitted" : "inbound";
}
