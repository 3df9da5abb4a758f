import { InvalidArgumentError } from "commander";

/** An option's value as a whole number of at most six digits. */
export function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("give a whole number");
  return Number(text);
}
