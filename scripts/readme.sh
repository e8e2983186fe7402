#!/usr/bin/env bash
#
# Runs the commands in README.md, CONTRIBUTING.md and docs/ to check that they work: on servers of this
# build, with the real telnet, nc and hobnob, in a temporary home directory. It also checks the
# settings, flags and links on these pages.
#
# A comment above a fenced block determines how the block is run:
#
#     (none)                sh: by bash, beside a running server
#     run: server           sh: its last line starts a server, which the blocks after it use
#     run: clients          sh: each line joins the server in a terminal and quits with /quit
#     run: systemd          sh: by bash, where a real systemd is running
#     file: PATH            a file for the blocks that need systemd
#     chat                  text: each line begins with something that an owner types in the chat,
#                           up to two blanks; none may be answered with an error
#     screen: NAME          text: see scripts/screens.sh
#     not run: REASON       sh: printed at the end; the README lists these, too
#
# Ports 8000 and 8023 are replaced by free ones. Blocks that need systemd require root and Linux
# namespaces; without those they are skipped and named at the end.
#
# Usage: scripts/readme.sh [FILE...]        of README.md, CONTRIBUTING.md and docs/ (default: all)
set -euo pipefail
export LC_ALL=C.UTF-8 TERM=xterm
unset "${!HOBNOB_@}" TMUX XDG_STATE_HOME NO_COLOR # The settings of whoever runs this are not ours.

readonly DEADLINE_SECS=20
readonly POLL_SECS=0.05
readonly PASSWORD="correct horse battery"

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
built=$(realpath -m "${CARGO_TARGET_DIR:-$here/target}")/release
blocks_run=0
not_run=()
server="" # The process id of the server that runs, and what it has printed.
telnet_port=""
plain_port=""
lines_said=0 # To the service in systemd.
file=""

main() {
    cd "$here"
    export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
    export CARGO_TARGET_DIR=${built%/release}
    export HOME=$work/home CARGO_INSTALL_ROOT=$work/home/.cargo PATH=$built:$PATH
    mkdir -p "$HOME/.cargo/bin" "$work/blocks"
    scripts/install-tools.sh telnet=inetutils-telnet nc=netcat-openbsd tmux=tmux
    cargo build --quiet --release --locked
    plain_port=$(free_port)
    telnet_port=$(free_port)

    local files=("$@") block
    ((${#files[@]})) || files=(README.md CONTRIBUTING.md docs/*.md)
    for file in "${files[@]}"; do
        rm -rf "$work/blocks" "$work/cwd"
        mkdir -p "$work/blocks" "$work/cwd"
        extract "$file"
        for block in "$work"/blocks/*.text; do
            [[ -e $block ]] || continue
            run_block "${block%.text}"
        done
        stop_server
        stop_systemd
    done
    # Settings and links are checked across all pages, so all of them have to be there.
    if (($# == 0)); then
        settings_are_those_of_the_program
        links_lead_somewhere
    fi
    echo "ok  $blocks_run blocks of commands"
    ((${#not_run[@]} == 0)) || printf 'not run: %s\n' "${not_run[@]}"
}

# extract FILE: each fenced block becomes NUMBER.text, with its language, mark and place beside it.
extract() {
    local line text="" language="" mark="" indent="" place=0 number=0 count=0 is_inside=no
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        if [[ $is_inside == yes ]]; then
            line=${line#"$indent"}
            if [[ $line == '```' ]]; then
                local name
                name=$(printf '%s/blocks/%03d' "$work" "$count")
                printf '%s' "$text" >"$name.text"
                printf '%s\n%s\n%s\n' "$language" "$mark" "$1:$place" >"$name.about"
                count=$((count + 1)) is_inside=no mark="" text=""
            else
                text+=$line$'\n'
            fi
        elif [[ $line =~ ^(\ *)\`\`\`(.*)$ ]]; then
            is_inside=yes place=$number indent=${BASH_REMATCH[1]} language=${BASH_REMATCH[2]}
        elif [[ $line =~ ^\ *'<!-- '(.*)' -->'$ ]]; then
            mark=${BASH_REMATCH[1]}
        elif [[ -n ${line// /} ]]; then
            mark=""
        fi
    done <"$1"
    [[ $is_inside == no ]] || fail "$1:$place: this block does not end"
}

run_block() {
    local language mark place
    { read -r language; read -r mark; read -r place; } <"$1.about"
    local kind="$language ${mark%%:*}" text=$1.text
    case $kind in
        "sh not run") not_run+=("$place: ${mark#*: }") && return ;;
        "sh run") kind="sh ${mark#*: }" ;;
    esac
    case $kind in
        "text " | "text screen") return ;;
        "sh ") plain_block "$text" "$place" ;;
        "sh server") server_block "$text" "$place" ;;
        "sh clients") clients_block "$text" "$place" ;;
        "sh systemd") systemd_block "$text" "$place" || return 0 ;;
        "ini file") unit_file "$text" "$place" "${mark#*: }" ;;
        "text chat") chat_block "$text" "$place" ;;
        "toml ") toml_block "$text" "$place" ;;
        *) fail "$place: nobody knows how to run '$language' with '$mark'; see scripts/readme.sh" ;;
    esac
    blocks_run=$((blocks_run + 1))
    echo "ok  $place ${kind#sh }"
}

# Prints the commands as they are run: with free ports, and cargo in the checkout.
# shellcheck disable=SC2016 # Of the shell that runs them.
commands() {
    echo 'set -euo pipefail'
    echo 'cargo() { (cd "$CHECKOUT" && command cargo "$@"); }'
    sed -E "s/\b8000\b/$plain_port/g; s/\b8023\b/$telnet_port/g" "$1"
}

plain_block() {
    [[ -n $server ]] || start_server "of its own" hobnob-server
    commands "$1" >"$work/script"
    (cd "$work/cwd" && CHECKOUT=$here timeout "$DEADLINE_SECS" bash "$work/script") \
        </dev/null >"$work/out" 2>&1 || fail "$2: exit code $?" "$work/out"
}

server_block() {
    stop_server
    # Lines before the server run first; cargo builds.
    sed '$d' "$1" >"$work/before"
    commands "$work/before" >"$work/script"
    (cd "$work/cwd" && CHECKOUT=$here bash "$work/script") </dev/null >"$work/out" 2>&1 ||
        fail "$2: exit code $?" "$work/out"
    tail -n 1 "$1" >"$work/last"
    commands "$work/last" >"$work/script"
    sed -i 's/^hobnob-server/exec &/' "$work/script"
    start_server "$2" bash "$work/script"
}

# start_server PLACE COMMAND...
start_server() {
    : >"$work/server.out"
    (cd "$work/cwd" && HOBNOB_LISTEN=localhost:$plain_port exec "${@:2}") \
        </dev/null >"$work/server.out" 2>"$work/server.err" &
    server=$!
    eventually grep -q Ctrl-C "$work/server.out" || {
        cat "$work/server.err" >>"$work/server.out"
        fail "$1: the server does not say that it listens" "$work/server.out"
    }
}

stop_server() {
    [[ -n $server ]] || return 0
    local code=0 pid=$server
    server=""
    # Not SIGINT: a shell has its background processes ignore that.
    kill -TERM "$pid"
    wait "$pid" || code=$?
    ((code == 0)) || fail "$file: the server ends with exit code $code" "$work/server.err"
}

clients_block() {
    [[ -n $server ]] || start_server "of its own" hobnob-server
    commands "$1" | tail -n +3 >"$work/lines"
    local line
    while IFS= read -r line; do
        in_tmux new-session -d -s client -x 100 -y 24 "$line"
        eventually on_screen 'Welcome, [a-z-]*\.' || fail "$2: no welcome by: $line" "$work/screen"
        in_tmux send-keys -t client /quit
        eventually has_left || fail "$2: /quit does not end: $line" "$work/screen"
    done <"$work/lines"
}

on_screen() {
    in_tmux capture-pane -p -t client >"$work/screen" 2>&1
    grep -q "$1" "$work/screen"
}

# nc needs one Enter more than other programs, and by then the server is gone.
has_left() {
    on_screen '' || true
    in_tmux send-keys -t client Enter 2>/dev/null || true
    ! in_tmux has-session -t client 2>/dev/null
}

in_tmux() {
    tmux -L "hobnob-readme-$$" -f /dev/null "$@"
}

# An owner types these lines, on a server where ann and bob are connected, too.
chat_block() {
    local chat_server port token line pid guests=() inputs=() fd
    : >"$work/chat.out" # What the one before it printed is not ours.
    hobnob-server --memory --lang en --flood off --listen localhost:0 \
        </dev/null >"$work/chat.out" 2>"$work/chat.err" &
    chat_server=$!
    eventually grep -q Ctrl-C "$work/chat.out" || fail "$2: no server" "$work/chat.err"
    port=$(sed -n 's/^ *nc localhost //p' "$work/chat.out")
    token=$(sed -n 's/.*\/claim //p' "$work/chat.out")
    for line in ann bob; do
        rm -f "$work/guest.in"
        : >"$work/$line.out"
        mkfifo "$work/guest.in"
        nc localhost "$port" <"$work/guest.in" >"$work/$line.out" 2>&1 &
        guests+=($!)
        exec {fd}>"$work/guest.in"
        inputs+=("$fd")
        echo "/nick $line" >&"$fd"
        eventually grep -Eq "(Welcome,|is now) $line" "$work/$line.out" || fail "$2: no $line" "$work/$line.out"
    done
    {
        if ! grep -q '^/claim' "$1"; then
            printf '/nick maria\n/register %s\n/claim %s\n' "$PASSWORD" "$token"
        fi
        # A command ends at two blanks; the rest of the line explains it.
        sed -E "s/  .*//; s/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/$token/" "$1" | while IFS= read -r line; do
            printf '%s\n' "$line"
            case $line in
                /register) printf '%s\n' "$PASSWORD" "$PASSWORD" ;;
                /passwd) printf '%s\n' "$PASSWORD" "$PASSWORD" "$PASSWORD" ;;
            esac
        done
        echo /quit
    } >"$work/typed"
    timeout "$DEADLINE_SECS" nc localhost "$port" <"$work/typed" >"$work/out" 2>&1 ||
        fail "$2: the chat does not end" "$work/out"
    for fd in "${inputs[@]}"; do exec {fd}>&-; done
    kill -TERM "$chat_server"
    for pid in "${guests[@]}" "$chat_server"; do wait "$pid" || true; done
    ! grep -Eq '^(Usage: |There is no command |Did you mean |.* is not an? (duration|address))' "$work/out" ||
        fail "$2: the server answers one of these as a mistake" "$work/out"
    grep -q 'You now own this server' "$work/out" || fail "$2: nobody owns the server" "$work/out"
}

toml_block() {
    mkdir -p "$work/etc"
    echo hello >"$work/etc/motd"
    sed "s#/etc/hobnob/#$work/etc/#" "$1" >"$work/etc/hobnob.toml"
    hobnob-server config --config "$work/etc/hobnob.toml" >"$work/out" 2>&1 ||
        fail "$2: the server does not take this file" "$work/out"
}

unit_file() {
    mkdir -p "$work/systemd/files$(dirname "$3")"
    cp "$1" "$work/systemd/files$3"
}

# The blocks of a page that need systemd share one, which is started by the first.
systemd_block() {
    if [[ ! -e $work/systemd/is-running ]]; then
        if ! start_systemd; then
            not_run+=("$2: no systemd could be started: $(tail -n 1 "$work/systemd/why")")
            return 1
        fi
        touch "$work/systemd/is-running"
        lines_said=0
    fi
    {
        echo 'set -euo pipefail'
        cat "$1"
        # After each start, the service has to answer, and to have kept what was said before.
        if grep -Eq 'systemctl.* (start|restart|enable) ?' "$1"; then
            lines_said=$((lines_said + 1))
            declare -f eventually exported_count
            printf 'DEADLINE_SECS=%s POLL_SECS=%s\n' "$DEADLINE_SECS" "$POLL_SECS"
            echo 'eventually hobnob localhost:8000 </dev/null'
            echo 'hobnob --say "was said" --as tester localhost:8000'
            echo "eventually exported_count $lines_said"
        fi
    } >"$work/script"
    timeout "$((2 * DEADLINE_SECS))" "$here/scripts/systemd-here.sh" run \
        env HOME=/opt/here/home bash -s <"$work/script" >"$work/out" 2>&1 ||
        fail "$2: exit code $?" "$work/out"
}

# exported_count N: whether the service has written the line of the test N times, once for each start.
# The server answers a message before it is on the disk.
exported_count() {
    local count
    count=$(hobnob-server export --data /var/lib/hobnob --room lobby | grep -c "was said" || true)
    ((count == $1)) || { echo "was said $count times, not $1" && return 1; }
}

start_systemd() {
    local to=$work/systemd/files/opt/here
    mkdir -p "$to/home/.cargo/bin" "$to/bin"
    cp "$built/hobnob" "$built/hobnob-server" "$to/home/.cargo/bin"
    # Root does not need it.
    printf '#!/bin/sh\nexec "$@"\n' >"$to/bin/sudo"
    chmod +x "$to/bin/sudo"
    export SYSTEMD_HERE=$work/systemd/state
    "$here/scripts/systemd-here.sh" start "$work/systemd/files" >"$work/systemd/why" 2>&1
}

stop_systemd() {
    if [[ -e $work/systemd/is-running ]]; then
        rm "$work/systemd/is-running"
        "$here/scripts/systemd-here.sh" stop
    fi
}

# Each setting of the program is in docs/settings.md with its default, each flag that a page names is
# one of a program, and the README's settings are among them.
settings_are_those_of_the_program() {
    local flag value row
    hobnob-server config >"$work/config"
    {
        hobnob-server --help
        hobnob-server export --help
        hobnob-server backup --help
        hobnob-server person --help
        hobnob --help
        echo --write --baseline --servers --cases # Of scripts/screens.sh and hobnob-bench.
    } >"$work/help"
    hobnob-server --help | grep -Eo '^ +(-., )?--[a-z-]+' | tr -d ' ' | while IFS= read -r flag; do
        case $flag in *--help | *--version) continue ;; esac
        grep -Eq "^\| \`${flag}( [^\`]*)?\`" docs/settings.md || fail "docs/settings.md does not explain $flag"
    done
    grep -Eho '`--[a-z-]+' README.md CONTRIBUTING.md docs/*.md | tr -d '`' | sort -u | while IFS= read -r flag; do
        grep -Eq -- "(^|[ ,])$flag( |\$)" "$work/help" || fail "no program has the flag $flag"
    done
    # shellcheck disable=SC2016 # They are Markdown's.
    grep -Eho '^\| `--[a-z-]+[^|]*\|( `HOBNOB_[A-Z_]+` \|)? `[^`]+` \|' README.md docs/settings.md |
        while IFS= read -r row; do
            [[ $row =~ ^'| `--'([a-z-]+) ]] && flag=${BASH_REMATCH[1]}
            [[ $row =~ \`([^\`]+)\`' |'$ ]] && value=${BASH_REMATCH[1]/#\~/$HOME}
            [[ $value != HOBNOB_* ]] || continue # Its default is said in words.
            grep -Eqx -- "(# )?$flag = \[?\"?${value//[.]/\\.}\"?\]?" "$work/config" ||
                fail "$flag is not $value by default" "$work/config"
        done
    echo "ok  settings and flags"
}

# Each link to one of our pages leads to a page in the package, and to an existing heading.
links_lead_somewhere() {
    local link page target
    cargo package --quiet --list --allow-dirty >"$work/packaged"
    for page in README.md CONTRIBUTING.md docs/*.md; do
        { grep -Eo '\]\([^)]+\)' "$page" || true; } | sed 's/^](//; s/)$//' | while IFS= read -r link; do
            [[ $link != http* ]] || continue
            target=$page
            [[ -z ${link%%#*} ]] || target=$(realpath -m --relative-to=. "$(dirname "$page")/${link%%#*}")
            grep -qx "$target" "$work/packaged" || fail "$page: $link is not in the package"
            [[ $link != *'#'* ]] || headings "$target" | grep -qx -- "${link#*#}" ||
                fail "$page: $link leads to no heading"
        done
    done
    echo "ok  links"
}

# The names of a page's headings in links: lower case, blanks as hyphens, other punctuation gone.
headings() {
    sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^[:alnum:] _-]//g; s/ /-/g'
}

# A free port, as assigned by the system a moment ago.
free_port() {
    : >"$work/port.out"
    hobnob-server --memory --listen localhost:0 </dev/null >"$work/port.out" 2>"$work/port.err" &
    local pid=$!
    eventually grep -q Ctrl-C "$work/port.out" || fail "no port is free" "$work/port.err"
    kill -TERM "$pid"
    wait "$pid"
    sed -n 's/^ *nc localhost //p' "$work/port.out"
}

# eventually COMMAND...: repeats it until it succeeds or the deadline has passed.
eventually() {
    local until=$((SECONDS + DEADLINE_SECS))
    until "$@"; do
        ((SECONDS < until)) || return 1
        sleep "$POLL_SECS"
    done
}

# fail WHAT [FILE]: reports the failure, with the contents of the file.
fail() {
    {
        echo "FAILED  $1"
        [[ -z ${2-} ]] || sed 's/^/    /' "$2"
    } >&2
    exit 1
}

clean_up() {
    local code=$?
    in_tmux kill-server 2>/dev/null || true
    stop_systemd || true
    local pid
    for pid in $(jobs -p); do
        kill "$pid" 2>/dev/null || true
    done
    wait
    rm -rf "$work"
    exit "$code"
}

trap clean_up EXIT
main "$@"
