export type MailFileLimits = {
  /** Of one message; a longer one is left out. */
  messageOctetsMax: number;
  /** Of all files together. */
  octetsMax: number;
  /** Of all files together; the rest is left out. */
  messagesMax: number;
};

const mebibyte = 1024 * 1024;

export const mailFileLimits: MailFileLimits = {
  messageOctetsMax: 50 * mebibyte,
  octetsMax: 4096 * mebibyte,
  messagesMax: 10_000,
};
