import { mkdir, open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { verify } from "chancery/dkim";
import { SMTPServer } from "smtp-server";
import { txtResolver } from "../../engine/resolver/resolve-txt.ts";
import { createStubResolver } from "../../engine/resolver/stub.ts";

const messageOctetsMax = 50 * 1024 * 1024;

export type SinkOptions = {
  host: string;
  port: number;
  inbox: string;
  resolver: { address: string; port: number };
  report: (line: string) => void;
};

/** The receiving end: takes all mail, checks its signatures at once as a receiver would, and keeps it as `inbox/0001.eml`. */
export async function startSink({
  host,
  port,
  inbox,
  resolver,
  report,
}: SinkOptions): Promise<{ close(): Promise<void> }> {
  await mkdir(inbox, { recursive: true });
  const resolveTxt = txtResolver(createStubResolver({ servers: [resolver] }));
  let number = (await readdir(inbox)).reduce((last, name) => Math.max(last, Number.parseInt(name, 10) || 0), 0);
  const take = async (stream: AsyncIterable<Buffer>): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const message = Buffer.concat(chunks);
    const name = `${String(++number).padStart(4, "0")}.eml`;
    const file = await open(join(inbox, `.${name}`), "wx");
    await file.writeFile(message);
    await file.close();
    await rename(join(inbox, `.${name}`), join(inbox, name));
    const signatures = await verify(message, { resolveTxt });
    const verdict = signatures.map(
      ({ result, reason, signingDomain, selector }) =>
        `dkim=${result}${reason === undefined ? "" : ` (${reason})`} d=${signingDomain} s=${selector}`,
    );
    report(`received ${join(inbox, name)}: ${verdict.join(", ") || "not signed"}`);
  };
  const server = new SMTPServer({
    name: "mail.customer.example",
    banner: "lab sink",
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    size: messageOctetsMax,
    logger: false,
    onData: (stream, _session, done) =>
      void take(stream).then(
        () => done(null, "kept"),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      ),
  });
  server.on("error", (error) => report(`the sink failed: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
