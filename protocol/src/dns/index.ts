export type { Parsed } from "../parsed.ts";
export * from "./message/message.ts";
export * from "./name/name.ts";
export * from "./record/record-address.ts";
export * from "./record/record.ts";
export { rdataFromText, rdataText } from "./zone-file/rdata.ts";
export { formatZoneFile, parseZoneFile, type ZoneFileOptions } from "./zone-file/zone-file.ts";
export { buildZone, recordsAt, ZoneAssembly, zoneRecords, withSigning, type Zone } from "./zone/zone.ts";
export { withVersions, zoneOfOrigin, zoneSet, type ZoneSet } from "./zone/zone-set.ts";
export { AnswerFacts, type AnswerKind } from "./answer/answer-facts.ts";
export { changeZone, diffZones, type ZoneDelta } from "./zone/zone-delta.ts";
export { updateMessage, type Rrset, type RrsetChange } from "./message/update.ts";
export { answer } from "./answer/answer.ts";
export type { AnswerOptions, CookieOptions } from "./answer/answer-options.ts";
export type { SigningBudget } from "./answer/proof/rrset-signer.ts";
export { tcpIdleSeconds, udpOctetsMax } from "./answer/answer-opt.ts";
export { parseCookieSecret, type CookieSecrets } from "./cookie/cookie.ts";
export {
  catalogApex,
  catalogMemberRecords,
  isCatalogZone,
  readCatalog,
  type CatalogMember,
} from "./zone/catalog-zone.ts";
export { TransferReader, type Transferred } from "./transfer/transfer-reader.ts";
export { readZone, zoneFromWire, zoneToWire, zoneWireOctets, type OctetSource } from "./zone/zone-wire.ts";
export { isSerialAfter, nextSerial } from "./record/serial.ts";
export { algorithmName, isSupportedAlgorithm, isSupportedDigest } from "./dnssec/algorithm.ts";
export { signedLabels, signedOctets } from "./dnssec/canonical.ts";
export { checkRrset, type RrsetCheck } from "./dnssec/check-rrset.ts";
export { keyTagOf, readDnskey, type Dnskey } from "./dnssec/dnskey.ts";
export { dsDigest, dsMatches, isSupportedDs, readDs, type Ds } from "./dnssec/ds.ts";
export { proveAbsence, type Denial, type Denied } from "./dnssec/absence.ts";
export { readNsec, type Nsec } from "./dnssec/nsec.ts";
export { readRrsig, type Rrsig } from "./dnssec/rrsig.ts";
export { newWorkBudget, type BogusReason, type DnssecState, type WorkBudget } from "./dnssec/state.ts";
export { tsigAlgorithms, tsigKeyFromText, tsigSecretOctetsMin, type TsigAlgorithm, type TsigKey } from "./tsig/key.ts";
export { signRequest, type TsigSigner } from "./tsig/sign.ts";
export { TsigStream, type VerifiedResponse } from "./tsig/stream.ts";
export { verifyRequest, type TsigError, type VerifiedRequest } from "./tsig/verify-request.ts";
export { bareReply } from "./message/bare-reply.ts";
export { readTransferRequest, type TransferRequest } from "./transfer/transfer-request.ts";
export type { TransferHead } from "./transfer/transfer-writer.ts";
export { notifyMessage, notifyRcode } from "./transfer/notify.ts";
export { deltasSince, incrementalTransfer, zoneTransfer } from "./transfer/zone-transfer.ts";
export {
  dnskeyData,
  signatureTimes,
  signRrset,
  zoneSigningKey,
  type SignatureTimes,
  type SigningAlgorithm,
  type ZoneSigning,
  type ZoneSigningKey,
} from "./dnssec/zone-signing.ts";
export { firstExpiration, resign, signZone, type ZoneChange } from "./dnssec/sign-zone.ts";
