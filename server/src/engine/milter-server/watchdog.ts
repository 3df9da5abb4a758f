import type { MilterServerLimits } from "./limits.ts";

type Situation = "negotiating" | "packet" | "sending" | "between";

export type Watchdog = {
  /** The peer's time begins, or goes on where the same packet is still under way. */
  watch(situation: Situation): void;
  /** It is our turn, unless all that came is more of the same packet: single octets do not buy more time for it. */
  pause(samePacket: boolean): void;
  stop(): void;
};

/** Calls `onTimeout` once when the peer takes longer than its situation allows. */
export function createWatchdog(limits: MilterServerLimits, onTimeout: (problem: string) => void): Watchdog {
  const rules: Record<Situation, { seconds: number; problem: string }> = {
    negotiating: { seconds: limits.packetTimeoutSeconds, problem: "the peer did not negotiate in time" },
    packet: { seconds: limits.packetTimeoutSeconds, problem: "a packet was not complete in time" },
    sending: { seconds: limits.contentTimeoutSeconds, problem: "a message stopped coming" },
    between: { seconds: limits.idleTimeoutSeconds, problem: "the peer was silent for too long" },
  };
  let watched: Situation | undefined;
  let timer: NodeJS.Timeout | undefined;

  function stop(): void {
    clearTimeout(timer);
    watched = undefined;
  }

  return {
    watch(situation) {
      if (watched === situation && (situation === "packet" || situation === "negotiating")) return;
      stop();
      watched = situation;
      const { seconds, problem } = rules[situation];
      timer = setTimeout(() => onTimeout(problem), seconds * 1000);
    },
    pause(samePacket) {
      if (!(samePacket && (watched === "packet" || watched === "negotiating"))) stop();
    },
    stop,
  };
}
