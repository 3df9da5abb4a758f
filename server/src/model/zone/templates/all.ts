import { bimi } from "./bimi.ts";
import { dmarc } from "./dmarc.ts";
import { mtaSts } from "./mta-sts.ts";
import { parked } from "./parked.ts";
import { provider } from "./provider.ts";
import { reportAuthorisation } from "./report-authorisation.ts";
import { returnPath } from "./return-path.ts";
import { spf } from "./spf.ts";
import type { ZoneTemplate } from "./template.ts";
import { tlsRpt } from "./tls-rpt.ts";
import { tracking } from "./tracking.ts";

/** Every template, by the order in which a sending domain needs them. */
export const zoneTemplates: readonly ZoneTemplate[] = [
  spf,
  returnPath,
  dmarc,
  tracking,
  mtaSts,
  tlsRpt,
  bimi,
  reportAuthorisation,
  provider,
  parked,
];
