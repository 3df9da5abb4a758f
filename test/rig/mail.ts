import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import type { SmtpSink, SunkMessage } from "../fakes/smtp-sink.ts";
import { eventually, run, type RunResult } from "./peer.ts";

/** A login at the relay. */
export type Login = { name: string; password: string };

type Letter = { from: string; to: string; subject: string; body?: string };

/** Hands a message over with swaks: with a login over STARTTLS, without one in the clear. Its whole conversation is in stdout. */
export function swaks(server: { host: string; port: number }, letter: Letter, login?: Login): Promise<RunResult> {
  const args = ["--server", server.host, "--port", String(server.port), "--from", letter.from, "--to", letter.to];
  args.push("--helo", "client.example", "--header", `Subject: ${letter.subject}`);
  args.push("--body", letter.body ?? "Good day.\n\n.dots and  spaces  \nand a line at the end.\n");
  if (login !== undefined)
    args.push("--tls", "--auth", "PLAIN", "--auth-user", login.name, "--auth-password", login.password);
  return run("swaks", args, { seconds: 90 });
}

/** Why a server did not take a message. `code` is absent when it gave no reply. */
export type NotTaken = { taken: false; code: number | undefined; text: string };

/** Hands over message after message without a process for each. */
export type Client = {
  /** One attempt, no retry: the reply, or why there is none. */
  send(letter: Letter): Promise<{ taken: true } | NotTaken>;
  close(): void;
};

export function newClient(server: { host: string; port: number }, login?: Login): Client {
  const transport = createTransport({
    ...server,
    name: "client.example",
    ignoreTLS: login === undefined,
    requireTLS: login !== undefined,
    tls: { rejectUnauthorized: false },
    connectionTimeout: 10_000,
    socketTimeout: 60_000,
    ...(login !== undefined && { auth: { user: login.name, pass: login.password } }),
  });
  return {
    send: async ({ from, to, subject, body = "Good day.\n" }) => {
      try {
        await transport.sendMail({ from, to, subject, text: body });
        return { taken: true };
      } catch (error) {
        const { responseCode, message } = error as Error & { responseCode?: number };
        return { taken: false, code: responseCode, text: message };
      }
    },
    close: () => transport.close(),
  };
}

/** The value of a header field, unfolded; undefined when there is none above the body. */
export function fieldOf(octets: Buffer, name: string): string | undefined {
  const text = octets.toString("latin1");
  const header = `\r\n${text.slice(0, text.indexOf("\r\n\r\n"))}\r\n`;
  return new RegExp(`\r\n${name}[ \t]*:((?:[^\r]|\r\n[ \t])*)\r\n`, "i").exec(header)?.[1]?.replace(/\r\n/g, "").trim();
}

export const subjectOf = (message: SunkMessage): string => fieldOf(message.octets, "Subject") ?? "";

/** Waits until a message with this subject was delivered, and writes it to a file as a receiver has it. */
export async function delivered(
  sink: SmtpSink,
  subject: string,
  directory: string,
  seconds = 60,
): Promise<{ file: string; message: SunkMessage }> {
  const message = await eventually(() => sink.messages.find((one) => subjectOf(one) === subject), {
    seconds,
    otherwise: () => `"${subject}" was not delivered; the sink has: ${sink.messages.map(subjectOf).join(", ")}`,
  });
  return { file: writeMessage(directory, subject, message), message };
}

export function writeMessage(directory: string, name: string, message: SunkMessage): string {
  const file = join(directory, `${name.replace(/[^a-z0-9.]+/gi, "-")}.eml`);
  writeFileSync(file, message.octets);
  return file;
}

/** The tags `d=`, `s=` and `t=` of every signature, from the top. */
export function signaturesOf(message: SunkMessage): { domain: string; selector: string; signedAt: number }[] {
  const text = message.octets.toString("latin1");
  const header = `\r\n${text.slice(0, text.indexOf("\r\n\r\n"))}\r\n`;
  return [...header.matchAll(/\r\nDKIM-Signature[ \t]*:((?:[^\r]|\r\n[ \t])*)/gi)].map(([, field = ""]) => {
    const tag = (name: string): string => new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*([^;\\s]+)`).exec(field)?.[1] ?? "";
    return { domain: tag("d"), selector: tag("s"), signedAt: Number(tag("t")) };
  });
}
