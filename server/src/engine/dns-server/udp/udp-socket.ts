import type { AnswerQuery, OnError } from "../answer-query.ts";

/** One address to answer on. */
type UdpAddress = {
  host: string;
  family: 4 | 6;
  port: number;
  /** The port is also bound by another socket of this server. The TCP listener keeps a second server away. */
  shared: boolean;
  receiveBufferBytes: number;
  pendingMax: number;
};
/** A socket that answers until it is closed. */
export type UdpSocket = { close(): Promise<void> };
export type OpenUdp = (address: UdpAddress, answer: AnswerQuery, onError: OnError) => Promise<UdpSocket>;
