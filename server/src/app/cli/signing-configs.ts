import { readFileSync, statSync } from "node:fs";
import {
  parseSigningConfigs,
  type SigningConfig,
  signingConfigOctetsMax,
} from "../../model/provider/microsoft365/signing-config.ts";
import { CommandFailed } from "./exit.ts";

/** Reads what `Get-DkimSigningConfig | ConvertTo-Json` wrote to a file. */
export function signingConfigsOf(file: string): SigningConfig[] {
  let octets: Uint8Array;
  try {
    if (statSync(file).size > signingConfigOctetsMax) throw new Error(`longer than ${signingConfigOctetsMax} octets`);
    octets = readFileSync(file);
  } catch (error) {
    throw new CommandFailed(`--microsoft365 ${file}: ${(error as Error).message}`);
  }
  const configs = parseSigningConfigs(octets);
  if (!configs.ok) throw new CommandFailed(`--microsoft365 ${file}: ${configs.problem}`);
  return configs.value;
}
