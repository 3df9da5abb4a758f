// libopendkim under the same work, through a small C program that is compiled when its headers are there.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ChildPeer } from "./child-peer.ts";

const program = String.raw`
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <stdbool.h>
#include <opendkim/dkim.h>
static char *slurp(const char *name, size_t *length) {
  FILE *in = fopen(name, "rb"); char *text; if (in == NULL) exit(2);
  fseek(in, 0, SEEK_END); *length = ftell(in); rewind(in); text = malloc(*length + 1);
  if (fread(text, 1, *length, in) != *length) exit(2); text[*length] = 0; fclose(in); return text;
}
static double cpu(void) {
  struct rusage use; getrusage(RUSAGE_SELF, &use);
  return use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}
static void feed(DKIM *dkim, char *text, size_t length) {
  char *end = strstr(text, "\r\n\r\n"), *at = text;
  while (at < end + 2) {
    char *next = at;
    do next = strstr(next, "\r\n") + 2; while (*next == ' ' || *next == '\t');
    if (dkim_header(dkim, (u_char *)at, next - at - 2) != DKIM_STAT_OK) exit(3);
    at = next;
  }
  if (dkim_eoh(dkim) != DKIM_STAT_OK) exit(4);
  if (dkim_body(dkim, (u_char *)end + 4, length - (end + 4 - text)) != DKIM_STAT_OK) exit(5);
}
/* sign|verify message key-or-keyfile algorithm seconds */
int main(int argc, char **argv) {
  DKIM_LIB *lib = dkim_init(NULL, NULL); DKIM_STAT status; size_t length, keyLength; bool test; u_char field[8192];
  char *text = slurp(argv[2], &length), *key = slurp(argv[3], &keyLength); double started, used; long count = 0;
  dkim_alg_t algorithm = strcmp(argv[4], "rsa") == 0 ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256;
  u_char *names[] = {(u_char *)"From", (u_char *)"To", (u_char *)"Subject", (u_char *)"Date", (u_char *)"Message-ID",
    (u_char *)"Reply-To", (u_char *)"MIME-Version", (u_char *)"Content-Type", (u_char *)"Content-Transfer-Encoding",
    (u_char *)"List-Unsubscribe", (u_char *)"List-Unsubscribe-Post", NULL};
  dkim_query_t method = DKIM_QUERY_FILE; (void)argc; (void)keyLength;
  dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS, names, sizeof names);
  dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_QUERYMETHOD, &method, sizeof method);
  dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_QUERYINFO, argv[3], strlen(argv[3]) + 1);
  started = cpu();
  do {
    DKIM *dkim = argv[1][0] == 's'
      ? dkim_sign(lib, (u_char *)"x", NULL, (dkim_sigkey_t)key, (u_char *)(algorithm == DKIM_SIGN_RSASHA256 ? "r" : "e"),
          (u_char *)"example.com", DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, algorithm, -1, &status)
      : dkim_verify(lib, (u_char *)"x", NULL, &status);
    if (dkim == NULL) return 6;
    feed(dkim, text, length);
    if (dkim_eom(dkim, &test) != DKIM_STAT_OK) return 7;
    if (argv[1][0] == 's' && dkim_getsighdr(dkim, field, sizeof field, 16) != DKIM_STAT_OK) return 8;
    dkim_free(dkim); count++; used = cpu() - started;
  } while (used < atof(argv[5]));
  printf("%f\n", used / count);
  return 0;
}
`;

/** Undefined when libopendkim's headers (Debian: libopendkim-dev) or a compiler are missing. gcc's CPATH and LIBRARY_PATH count. */
export function openDkim(folder: string): ChildPeer | undefined {
  const source = path.join(folder, "opendkim.c");
  const binary = path.join(folder, "opendkim");
  writeFileSync(source, program);
  try {
    execFileSync("gcc", ["-O2", "-o", binary, source, "-lopendkim"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return { name: "libopendkim", command: [binary], can: () => true };
}
