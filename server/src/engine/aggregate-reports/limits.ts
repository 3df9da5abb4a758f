/** What is taken of one report: far above what real ones have, and low enough for a stranger to send as many as they like. */
export type ReportLimits = {
  /** Of a compressed report. */
  compressedOctetsMax: number;
  /** Of a report as XML, over all members of an archive. */
  xmlOctetsMax: number;
  /** How many octets may come out for one that goes in, where more than `ratioFreeOctets` come out. */
  ratioMax: number;
  ratioFreeOctets: number;
  /** Of a mail that carries a report: a compressed report in base64, and what is around it. */
  mailOctetsMax: number;
  /** Reports in one archive or one mail. There should be one. */
  membersMax: number;
  /** Elements within elements. The format has six. */
  depthMax: number;
  rowsMax: number;
  /** Of one element: the format knows two. */
  attributesMax: number;
  /** Elements of one row: a hundred signatures have five hundred. */
  rowElementsMax: number;
  /** What stands before the root element. */
  prologCharactersMax: number;
  /** Faults in the XML, beyond which it is none. */
  faultsMax: number;
};

const mebibyte = 1024 * 1024;

export const reportLimits: ReportLimits = {
  compressedOctetsMax: 10 * mebibyte,
  xmlOctetsMax: 25 * mebibyte,
  ratioMax: 200,
  ratioFreeOctets: mebibyte,
  mailOctetsMax: 15 * mebibyte,
  membersMax: 5,
  depthMax: 32,
  rowsMax: 200_000,
  attributesMax: 50,
  rowElementsMax: 5000,
  prologCharactersMax: 64 * 1024,
  faultsMax: 1000,
};
