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

export const makeLog = (role: string, level: string): Log =>
  pino(
    {
      level,
      base: { role },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
    },
    pino.destination({ fd: 2, sync: true }),
  );
