#!/usr/bin/env bash
#
# Counts the instructions of the hot pure code and fails if anything takes more than its limit in
# benches/instructions.rs. Times on a shared machine are too noisy to show slow growth; instruction
# counts are not.
#
# Usage: scripts/instructions.sh
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-tools.sh cc=gcc valgrind=valgrind
cargo bench --locked --quiet --bench instructions
