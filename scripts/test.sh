#!/usr/bin/env bash
#
# Every test there is, as CI runs them. On a bare Debian machine with a Rust toolchain it installs
# the other tools it needs (as root; else it names them). Prints one line a step; what a step has
# printed itself is shown only if it fails, and ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
name=""

# Runs at the end, also when a signal ends us in the middle of a step.
report() {
    local code=$?
    if [[ -n $name ]]; then
        cat "$log"
        echo "FAILED  $name" >&2
        ((code)) || code=1
    fi
    rm -f "$log"
    exit "$code"
}
trap report EXIT

# step NAME COMMAND...
step() {
    local started=$SECONDS
    name=$1
    "${@:2}" >"$log" 2>&1
    echo "ok  $name ($((SECONDS - started)) s)"
    # How many tests that were: a run of none would be green, too.
    grep '^test result:' "$log" | sed 's/^/      /' || true
    name=""
}

rust_components() {
    { cargo fmt --version && cargo clippy --version; } || rustup component add rustfmt clippy || {
        echo "rustfmt or clippy is missing; please run: rustup component add rustfmt clippy"
        return 1
    }
}

formatting() {
    cargo fmt --check
    cargo fmt --check --manifest-path fuzz/Cargo.toml
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --all-features --no-deps --document-private-items
}

# c++ builds libFuzzer; telnet is driven by the integration tests, too; tmux is what the README's
# screens are seen in; the last three are what hobnob-bench measures beside hobnob. Debian keeps some
# of them where not everybody looks.
export PATH=$PATH:/usr/sbin
step "tools" scripts/install-tools.sh cc=gcc c++=g++ shellcheck=shellcheck \
    telnet=inetutils-telnet nc=netcat-openbsd prlimit=util-linux setpriv=util-linux ps=procps \
    tmux=tmux redis-server=redis-server nats-server=nats-server ngircd=ngircd
step "rustfmt and clippy" rust_components
step "formatting" formatting
step "clippy" cargo clippy --locked --all-targets --all-features -- -D warnings
step "tests" cargo test --locked --all-features
step "documentation" documentation
step "fuzz targets compile" \
    cargo check --locked --manifest-path fuzz/Cargo.toml --target-dir target
step "shellcheck" shellcheck scripts/*.sh .ci/run
step "smoke test" scripts/smoke-test.sh
step "screens in the README" scripts/screens.sh
step "instruction counts" scripts/instructions.sh
