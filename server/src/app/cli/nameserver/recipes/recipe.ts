import { isIPv6 } from "node:net";
import type { Endpoint } from "../../../config-keys.ts";

/** What the configuration of a secondary is made from. */
export type RecipeFacts = {
  /** Of the secondary, as `dns.secondaries` has it. */
  secondary: string;
  /** Where it reaches us. */
  primary: Endpoint;
  /** The address that it has to ask from, since we serve no other. */
  from: string;
  catalog: string;
  key: { name: string; algorithm: string; /** Base64, or words that say what belongs here. */ secret: string };
};

/** A file of the recipe. Those with a secret are to be read by the server alone. */
export type RecipeFile = { name: string; text: string; holdsSecret: boolean };

export type Recipe = {
  /** Files in one folder, which the server's own configuration includes. */
  files: RecipeFile[];
  /** What to do with them, a line each. */
  steps: string[];
};

export const secretPlaceholder = "PUT THE SECRET HERE";

/** The address to ask from, if it is of the same family as the one asked. */
export const sourceAddress = ({ from, primary }: RecipeFacts): string | undefined =>
  isIPv6(from) === isIPv6(primary.host) ? from : undefined;

/** The lines that are there, one under the other. */
export const lines = (...parts: (string | undefined)[]): string =>
  `${parts.filter((part) => part !== undefined).join("\n")}\n`;
