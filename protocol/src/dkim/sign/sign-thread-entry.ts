// Where a signing thread begins.
import { serveSigning } from "./sign-thread.ts";

serveSigning();
