import type { Check } from "../../check.ts";
import { bodyLength } from "./body-length.ts";
import { fieldsUnsigned } from "./fields-unsigned.ts";
import { manySenders } from "./many-senders.ts";
import { notAligned } from "./not-aligned.ts";
import { notAlignedInReports } from "./not-aligned-in-reports.ts";
import { oneClick } from "./one-click.ts";
import { selectorNotSigning } from "./selector-not-signing.ts";
import { sha1 } from "./sha1.ts";
import { signatureExpired } from "./signature-expired.ts";
import { spfOnly } from "./spf-only.ts";
import { staleSelector } from "./stale-selector.ts";
import { thirdParty } from "./third-party.ts";

/** What messages and reports can show, the most telling first. */
export const mailChecks: readonly Check[] = [
  notAligned,
  notAlignedInReports,
  spfOnly,
  selectorNotSigning,
  staleSelector,
  sha1,
  signatureExpired,
  bodyLength,
  fieldsUnsigned,
  oneClick,
  manySenders,
  thirdParty,
];
