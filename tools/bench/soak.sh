#!/usr/bin/env bash
# Sends requests from 8 threads to a rewritten MiniLM and a rewritten VGG-style classifier that run from shards, one in a
# hundred of which makes a session fail; holds every answer to the single file's, and prints native memory before and after.
set -euo pipefail

requests=${1:-10000}
case $requests in
  *[!0-9]* | '')
    echo 'usage: tools/bench/soak.sh [REQUESTS]   (default 10000, for each of the two models)' >&2
    exit 2
    ;;
esac

cd -P "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p target
mvn -q -pl plugin -am test -Dtest=ShardSoakTest -Dsurefire.failIfNoSpecifiedTests=false "-Dpartita.soak=$requests" \
  >target/soak.log 2>&1 || {
  cat target/soak.log >&2
  exit 1
}
grep 'requests from' target/soak.log
