#!/usr/bin/env bash
#
# Compares hobnob with a minimal server and with Redis, NATS and ngIRCd, with the settings that
# docs/benchmarks.md quotes: nine rounds, about nine minutes on two cores. As root on Debian it
# installs the servers that are missing, without starting them; otherwise it compares those that are
# installed. More arguments go to `hobnob-bench compare`; --out DIR is the folder for the results,
# and --servers names others, such as those with TLS.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PATH:/usr/sbin
scripts/install-tools.sh cc=gcc
scripts/install-tools.sh redis-server=redis-server nats-server=nats-server ngircd=ngircd \
    stunnel4=stunnel4 nginx=nginx nginx=libnginx-mod-stream || true
# One after the other: if built together, the server would get the features that the benchmark needs
# of shared crates.
cargo build --release --locked
cargo build --release --locked -p hobnob-bench
exec target/release/hobnob-bench compare --rounds 9 --flood-lines 30000 --pace-duration 2 \
    --stalled 50 --connections 9000 "$@"
