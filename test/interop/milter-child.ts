// A milter in a process of its own, to be killed: says its port, then "end" when a message waits for its decision.
import { ACTION } from "chancery/milter";
import { startMilterServer } from "../../server/src/engine/milter-server/server.ts";

const server = await startMilterServer({
  listen: { host: "127.0.0.1", port: 0 },
  wanted: { requiredActions: ACTION.ADDHDRS },
  decide: {
    openMessage: async () => ({
      kind: "body",
      sink: {
        update: () => {},
        finish: () => {
          process.send?.("end");
          return new Promise(() => {});
        },
      },
    }),
  },
  onFault: () => {},
});
process.send?.(server.port);
