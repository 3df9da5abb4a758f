import process from "node:process";
import type { Writable } from "node:stream";
import { pino } from "pino";

/** Structured lines on stderr: results alone go to stdout. */
export type Log = {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
};

/** Fields that could hold a secret are cut out wherever they turn up in a logged object. */
const secretFields = ["password", "token", "authorization", "privateKey", "sealed", "kek", "secret"];
/** Octets that wait for a reader who takes none. */
const unreadOctetsMax = 1024 * 1024;

export const makeLog = (role: string, level: string, stream: Writable = process.stderr): Log => {
  const log = pino(
    {
      level,
      base: { role },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
    },
    unhurried(stream, (lines) => log.warn({ lines }, "log lines were lost: nobody read them in time")),
  );
  return log;
};

/**
 * Writes lines to a stream that nobody may be reading. A pipe that is full must not stop a name server or a signer: lines wait up to a bound, those
 * above it are lost, and how many is said when the reader is back. A reader that is gone for good takes nothing with it.
 */
function unhurried(stream: Writable, onLost: (lines: number) => void): { write(line: string): void } {
  let lost = 0;
  stream.on("error", () => {});
  stream.on("drain", () => {
    const lines = lost;
    lost = 0;
    if (lines > 0) onLost(lines);
  });
  return {
    write: (line) => {
      if (stream.destroyed || stream.writableLength > unreadOctetsMax) lost++;
      else stream.write(line);
    },
  };
}
