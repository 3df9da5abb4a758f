import { randomBytes } from "node:crypto";

/** 120 random bits: nobody guesses an id, and none is ever given twice. */
const ID_OCTETS = 15;

/** A new id, URL-safe: `newId("dom")` is `dom_` and 20 characters. */
export function newId(prefix: "ten" | "tok" | "dom" | "key" | "rol" | "rot" | "zon" | "snd" | "wat" | "zky"): string {
  return `${prefix}_${randomBytes(ID_OCTETS).toString("base64url")}`;
}
