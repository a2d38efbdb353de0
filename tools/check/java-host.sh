#!/usr/bin/env bash
# Installs the library into a local repository of its own, builds tools/examples/java-host against it, and runs it on the
# bundled classifier. Works in the folder that is named, which is emptied. Other people's jars come from the usual local
# repository, through links.
#
#   tools/check/java-host.sh target/java-host
set -euo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "${1:?name a folder}"
folder=$(cd -P "$1" && pwd)
usual=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
repository=$folder/repository
bundled=$root/fixtures/src/main/resources/dev/partita/fixtures

rm -rf "$folder"
mkdir -p "$repository/dev"
for part in "$usual"/* "$usual"/dev/*; do
  place=$repository/${part#"$usual"/}
  case $part in
    "$usual"/dev | "$usual"/dev/partita) ;;
    *) ln -s "$part" "$place" ;;
  esac
done

maven() {
  mvn -B -q -Dstyle.color=never "-Dmaven.repo.local=$repository" "$@" </dev/null
}

(cd "$root" && maven -Dmaven.test.skip=true -Dspotless.check.skip=true -pl plugin -am install)
cp -r "$root/tools/examples/java-host/." "$folder"
(cd "$folder" && maven compile dependency:build-classpath -Dmdep.outputFile=classpath.txt)

gzip -dc "$bundled/models/fashion-mlp.onnx.gz" >"$folder/in.onnx"
java -cp "$folder/target/classes:$(cat "$folder/classpath.txt")" \
  Host "$folder/in.onnx" "$folder/out.onnx" "$bundled/data/fashion-calibration.npz" | tee "$folder/said.txt"

grep -q '^Region r0 .* was cut for 4 accelerators and keeps [0-9]* of [0-9]* parameters\.$' "$folder/said.txt"
[ -s "$folder/out.onnx" ]
