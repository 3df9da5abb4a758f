import type { Check } from "../../check.ts";
import { answersFit } from "./answer-too-large.ts";
import { aliasesStandAlone } from "./conflicting-records.ts";
import { everyAddressLives } from "./dead-address.ts";
import { serversAreSeveral } from "./few-servers.ts";
import { glueIsFresh } from "./glue-stale.ts";
import { answersWithAuthority } from "./lame-delegation.ts";
import { nameServersAreHosts } from "./ns-unusable.ts";
import { nothingIsOccluded } from "./occluded-records.ts";
import { parentAndZoneAgree } from "./parent-mismatch.ts";
import { resolversAgree } from "./resolvers-disagree.ts";
import { serversAgree } from "./servers-disagree.ts";
import { namesAreHeld } from "./takeover-risk.ts";
import { answersOverTcp } from "./tcp-blocked.ts";

export const delegationChecks: readonly Check[] = [
  namesAreHeld,
  answersWithAuthority,
  everyAddressLives,
  answersOverTcp,
  parentAndZoneAgree,
  nameServersAreHosts,
  glueIsFresh,
  serversAreSeveral,
  serversAgree,
  aliasesStandAlone,
  nothingIsOccluded,
  answersFit,
  resolversAgree,
];
