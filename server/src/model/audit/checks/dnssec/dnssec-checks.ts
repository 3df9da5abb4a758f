import type { Check } from "../../check.ts";
import { cdsAgrees } from "./cds-agrees.ts";
import { delegationSigned } from "./delegation-signed.ts";
import { dsNamesAKey } from "./ds-names-a-key.ts";
import { emptyNameExists } from "./empty-name-exists.ts";
import { signaturesHold } from "./signatures-hold.ts";
import { signingIsChecked } from "./signing-is-checked.ts";

export const dnssecChecks: readonly Check[] = [
  signaturesHold,
  dsNamesAKey,
  signingIsChecked,
  delegationSigned,
  cdsAgrees,
  emptyNameExists,
];
