import type { Command } from "commander";
import { addOpendkimImport } from "../import/opendkim.ts";
import { group } from "../options/common.ts";

export function addImport(program: Command): void {
  addOpendkimImport(
    group(program, "import", "take over what another signer has", "chancery import opendkim /etc/opendkim"),
  );
}
