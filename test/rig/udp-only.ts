import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A way to a name server that lets UDP through and refuses TCP, as many a firewall does. */
export async function startUdpOnly(
  at: { host: string; port: number },
  server: { host: string; port: number },
): Promise<{ stop(): Promise<void> }> {
  const front = createSocket("udp4");
  const open = new Set<ReturnType<typeof createSocket>>();
  front.on("message", (question, asker) => {
    const back = createSocket("udp4");
    open.add(back);
    const close = (): void => {
      if (open.delete(back)) back.close();
    };
    back.once("message", (answer) => front.send(answer, asker.port, asker.address, close));
    back.once("error", close);
    setTimeout(close, 3000).unref();
    back.send(question, server.port, server.host);
  });
  front.bind(at.port, at.host);
  await once(front, "listening");
  return {
    stop: async () => {
      for (const back of open) back.close();
      open.clear();
      front.close();
      await once(front, "close");
    },
  };
}
