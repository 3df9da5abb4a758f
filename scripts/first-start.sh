#!/bin/sh
# Measures what a newcomer waits for, in a clean clone of this checkout: clone to listening (install included), and a second start.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
work=$(mktemp -d)
port=$((20000 + $$ % 20000))
pid=
cleanup() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

git clone -q "$root" "$work/chancery"
cd "$work/chancery"
export CHANCERY_HTTP_LISTEN="127.0.0.1:$port" CHANCERY_DNS_LISTEN="127.0.0.1:$((port + 1))" CHANCERY_MILTER_LISTEN="127.0.0.1:$((port + 2))"
export CHANCERY_RELAY_LISTEN="127.0.0.1:$((port + 3))" CHANCERY_INGEST_LISTEN="127.0.0.1:$((port + 4))"

now() { date +%s%3N; }
answers() { node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "http://127.0.0.1:$port/healthz"; }
measure() {
  from=$(now)
  npm start >"$work/out" 2>"$work/err" &
  pid=$!
  until answers; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/err" >&2; echo "$1: it ended before it listened" >&2; exit 1; }
    [ $(($(now) - from)) -lt 120000 ] || { echo "$1: no answer within 120 s" >&2; exit 1; }
    sleep 0.1
  done
  echo "$1: $(($(now) - from)) ms"
}
stop() {
  from=$(now)
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
  echo "stop: $(($(now) - from)) ms"
}

measure "clean clone to listening, install included"
stop
measure "second start"
stop
