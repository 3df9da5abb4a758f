export { isBimiRecord, parseBimiRecord, type BimiRecord } from "../bimi/record.ts";
export { mtaStsAllows, mtaStsPolicyOctetsMax, parseMtaStsPolicy, type MtaStsPolicy } from "../mta-sts/policy.ts";
export { isMtaStsRecord, parseMtaStsRecord, type MtaStsRecord } from "../mta-sts/record.ts";
export { spfCost, spfLimits, spfTrees, type SpfCost } from "../spf/lookup-count.ts";
export {
  isSpfRecord,
  parseSpfRecord,
  type SpfDirective,
  type SpfMechanism,
  type SpfQualifier,
  type SpfRecord,
} from "../spf/record.ts";
export { readSpfTree, type SpfAnswer, type SpfAsk, type SpfTerm, type SpfTree } from "../spf/tree.ts";
export { isTlsRptRecord, parseTlsRptRecord, type TlsRptRecord } from "../tls-rpt/record.ts";
