/* libopendkim over a batch of messages (see batch.ts). Usage: opendkim KEYS verify|sign */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <opendkim/dkim.h>

enum { names_max = 64, words = 9 };
enum { selector, domain, canonicalization, names, oversigned, identity, lifetime, length, copied };

static const char *keys;
static DKIM_LIB *library;

static void *must(void *pointer, const char *what) {
  if (pointer == NULL) { perror(what); exit(2); }
  return pointer;
}

static char *read_file(const char *name, const char *ending) {
  static char text[16384];
  char path[4096];
  snprintf(path, sizeof path, "%s/%s%s", keys, name, ending);
  FILE *in = must(fopen(path, "rb"), path);
  text[fread(text, 1, sizeof text - 1, in)] = 0;
  fclose(in);
  return text;
}

static void option(dkim_opts_t name, void *value, size_t size) {
  if (dkim_options(library, DKIM_OP_SETOPT, name, value, size) != DKIM_STAT_OK) {
    fprintf(stderr, "option %d was not taken\n", (int)name);
    exit(2);
  }
}

/* Fields and body are given as a filter gets them; a line that begins with white space belongs to the field above it. */
static DKIM_STAT feed(DKIM *dkim, char *text, size_t octets) {
  char *at = text, *end = text + octets;
  DKIM_STAT status;
  while (at < end && !(end - at >= 2 && at[0] == '\r' && at[1] == '\n')) {
    char *next = at;
    do {
      char *found = memmem(next, end - next, "\r\n", 2);
      next = found == NULL ? end : found + 2;
    } while (next < end && (*next == ' ' || *next == '\t'));
    if ((status = dkim_header(dkim, (u_char *)at, next - at - (next[-1] == '\n' ? 2 : 0))) != DKIM_STAT_OK) return status;
    at = next;
  }
  if ((status = dkim_eoh(dkim)) != DKIM_STAT_OK) return status;
  if (at < end) at += 2;
  return at == end ? DKIM_STAT_OK : dkim_body(dkim, (u_char *)at, end - at);
}

static void unusable(DKIM *dkim, DKIM_STAT status) {
  const char *error = dkim == NULL ? NULL : dkim_geterror(dkim);
  printf("unusable\t%s", dkim_getresultstr(status));
  if (error != NULL) printf(": %s", error);
  printf("\n");
}

static void verify(char *text, size_t octets) {
  DKIM_STAT status;
  DKIM_SIGINFO **signatures;
  bool test;
  int count;
  DKIM *dkim = must(dkim_verify(library, (u_char *)"x", NULL, &status), "dkim_verify");
  status = feed(dkim, text, octets);
  if (status == DKIM_STAT_OK) status = dkim_eom(dkim, &test);
  if (dkim_getsiglist(dkim, &signatures, &count) == DKIM_STAT_OK && count > 0) {
    int error = dkim_sig_geterror(signatures[0]);
    unsigned int flags = dkim_sig_getflags(signatures[0]);
    const char *said = dkim_geterror(dkim), *detail = said != NULL ? said : dkim_sig_geterrorstr(error);
    bool usable = (flags & DKIM_SIGFLAG_PROCESSED) != 0 && (error == DKIM_SIGERROR_OK || error == DKIM_SIGERROR_BADSIG);
    bool passed = usable && (flags & DKIM_SIGFLAG_PASSED) != 0 && dkim_sig_getbh(signatures[0]) == DKIM_SIGBH_MATCH;
    printf("%s\t%s%s\n", passed ? "pass" : usable ? "fail" : "unusable", detail == NULL ? "" : detail,
           dkim_sig_getbh(signatures[0]) == DKIM_SIGBH_MISMATCH ? ", another body" : "");
  } else unusable(dkim, status);
  dkim_free(dkim);
}

static u_int split(char *list, u_char **found) {
  u_int count = 0;
  for (char *name = strtok(list, ":"); name != NULL && count < names_max - 1; name = strtok(NULL, ":"))
    found[count++] = (u_char *)name;
  found[count] = NULL;
  return count;
}

static void sign(char *text, size_t octets, char **word) {
  u_char *signed_names[names_max], *none[] = {NULL}, *field;
  size_t field_octets;
  DKIM_STAT status;
  uint64_t seconds = strcmp(word[lifetime], "-") == 0 ? 0 : strtoull(word[lifetime], NULL, 10);
  bool with_length = strcmp(word[length], "length") == 0;
  u_int flags = (with_length ? DKIM_LIBFLAGS_SIGNLEN : 0) | (strcmp(word[copied], "copied") == 0 ? DKIM_LIBFLAGS_ZTAGS : 0);
  bool relaxed_header = strncmp(word[canonicalization], "relaxed/", 8) == 0;
  bool relaxed_body = strstr(word[canonicalization], "/relaxed") != NULL;
  split(word[names], signed_names);
  option(DKIM_OPTS_SIGNHDRS, signed_names, sizeof(u_char **));
  option(DKIM_OPTS_OVERSIGNHDRS, strcmp(word[oversigned], "oversigned") == 0 ? signed_names : none, sizeof(u_char **));
  option(DKIM_OPTS_SIGNATURETTL, &seconds, sizeof seconds);
  option(DKIM_OPTS_FLAGS, &flags, sizeof flags);
  DKIM *dkim = dkim_sign(library, (u_char *)"x", NULL, (dkim_sigkey_t)read_file(word[selector], ".pem"), (u_char *)word[selector],
    (u_char *)word[domain], relaxed_header ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
    relaxed_body ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
    strcmp(word[selector], "ed25519") == 0 ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256, with_length ? (ssize_t)octets : -1, &status);
  if (dkim == NULL) return unusable(NULL, status);
  if (strcmp(word[identity], "-") != 0) dkim_set_signer(dkim, (u_char *)word[identity]);
  status = feed(dkim, text, octets);
  if (status == DKIM_STAT_OK) status = dkim_eom(dkim, NULL);
  if (status == DKIM_STAT_OK) status = dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, &field, &field_octets);
  if (status == DKIM_STAT_OK) {
    printf("signed\t");
    for (const char *at = DKIM_SIGNHEADER ": "; *at != 0; at++) printf("%02x", (unsigned char)*at);
    for (size_t at = 0; at < field_octets; at++) printf("%02x", field[at]);
    printf("0d0a\n");
  } else unusable(dkim, status);
  dkim_free(dkim);
}

int main(int argc, char **argv) {
  char *line = NULL, records[4096];
  size_t room = 0;
  dkim_query_t method = DKIM_QUERY_FILE;
  if (argc != 3) return 2;
  keys = argv[1];
  library = must(dkim_init(NULL, NULL), "dkim_init");
  snprintf(records, sizeof records, "%s/records", keys);
  option(DKIM_OPTS_QUERYMETHOD, &method, sizeof method);
  option(DKIM_OPTS_QUERYINFO, records, strlen(records) + 1);
  while (getline(&line, &room, stdin) > 0) {
    char *word[words] = {0}, *rest = line, *octets_word = strsep(&rest, " \n");
    size_t octets = strtoull(octets_word, NULL, 10);
    char *text = must(malloc(octets + 1), "malloc");
    for (int at = 0; at < words && rest != NULL; at++) word[at] = strsep(&rest, " \n");
    if (fread(text, 1, octets, stdin) != octets) return 2;
    text[octets] = 0;
    if (strcmp(argv[2], "verify") == 0) verify(text, octets);
    else sign(text, octets, word);
    free(text);
  }
  return 0;
}
