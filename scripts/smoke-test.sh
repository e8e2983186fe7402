#!/usr/bin/env bash
#
# The main use with real input: three users on one machine, with the real telnet, the real nc and
# our own client, talk to each other, take names, meet in a room, and find an account and the
# history again after a restart; one of them claims the server and bans another, and one deletes
# what was said by mistake. Each transcript must be correct to the last byte. Unit tests cannot show
# what other people's programs make of our bytes.
#
# Usage: scripts/smoke-test.sh              on a server of its own, started and stopped here
#        scripts/smoke-test.sh HOST:PORT    on a running one (--lang en --names guest), not stopped
set -euo pipefail
export LC_ALL=C.UTF-8
unset "${!HOBNOB_@}" # The caller's settings must not affect this.

readonly DEADLINE_SECS=10
readonly POLL_SECS=0.05
readonly ARRIVAL_SECS=2.2 # By then a silent user has been announced.
readonly HOW_TO="Type to talk; /help lists commands, /quit leaves."

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
readonly password="correct horse battery"

declare -A process input name # of each client: its process id, our end of its standard input, ...
declare -A former=()          # what it was called before, if it has taken a name
registered=""                 # the name that has been registered
tail=""                       # of names, so that they are free on a server with others
said=()                       # what has been said in the lobby, as it is shown later
place=""                      # what who joined last was told of where it is
past=()                       # what who joins is shown of what was said before
server=""                     # the process id of our own server
strangers=no                  # whether there may be others on the server

main() {
    local address=${1-}
    if (($# > 1)) || [[ -n $address && ! $address =~ ^.+:[0-9]+$ ]]; then
        echo "usage: scripts/smoke-test.sh [HOST:PORT]" >&2
        exit 2
    fi
    prepare
    if [[ -n $address ]]; then
        strangers=yes
        tail=$RANDOM
        conversation "${address%:*}" "${address##*:}"
        echo "skipped, because the server is not ours: stopping it, its goodbye, a login and the history" \
            "across a restart, the claim and a ban, a deletion, the original's wording"
    else
        start_server --lang en --names guest --data "$work/data"
        conversation localhost "$port"
        registration
        keeping_order 127.0.0.1 "$port"
        stop_server "The server is shutting down. Goodbye." "(In nc, press Enter to exit.)"
        start_server --lang en --names guest --data "$work/data"
        login_after_restart 127.0.0.1 "$port"
        deletion
        stop_server "The server is shutting down. Goodbye."
        start_server --lang en --names guest --data "$work/data"
        deleted_after_restart 127.0.0.1 "$port"
        stop_server "The server is shutting down. Goodbye."
        start_server --lang zh --names address --memory
        original_wording 127.0.0.1 "$port"
        stop_server "服务器即将关闭，再见。"
    fi
}

# The conversation, and what each user sees. Leaves telnet and nc running.
conversation() {
    local host=$1 port=$2 bare=${1//[\[\]]/}
    local welcome='Welcome, ([a-z]+(-[a-z0-9]+)+)\.'

    joins telnet "$welcome" "$telnet" "$bare" "$port"
    [[ $strangers == yes || $place == "You are alone in #lobby. $HOW_TO" ]] ||
        fail "telnet is told that it is alone" "You are alone in #lobby. $HOW_TO" "$place"
    silent_connections "$bare" "$port"
    joins nc "$welcome" "$nc" "$bare" "$port"
    [[ $strangers == yes || $place == "You are in #lobby with ${name[telnet]}. $HOW_TO" ]] ||
        fail "nc is told with whom it is" "You are in #lobby with ${name[telnet]}. $HOW_TO" "$place"
    ok "the first screen says who is there, and what to type"
    sees telnet "${name[nc]} joined"
    joins hobnob "$welcome" "$hobnob" "$host:$port"
    sees telnet "${name[hobnob]} joined"
    sees nc "${name[hobnob]} joined"
    ok "each arrival is announced to the others"

    says telnet "hello, who is there?"
    all_see "${name[telnet]}: hello, who is there?" telnet nc hobnob
    says nc "me, 在这里, with an ÿ and a 🦦"
    all_see "${name[nc]}: me, 在这里, with an ÿ and a 🦦" telnet nc hobnob
    says hobnob "and me"
    all_see "${name[hobnob]}: and me" telnet nc hobnob

    is_called telnet "ann$tail" telnet nc hobnob
    is_called nc "王小明$tail" telnet nc hobnob
    is_called hobnob "bob$tail" telnet nc hobnob
    rooms

    leaves hobnob
    all_see "${name[hobnob]} left" telnet nc

    said=("The last 5 messages in #lobby:" "  TIME ${former[telnet]}: hello, who is there?"
        "  TIME ${former[nc]}: me, 在这里, with an ÿ and a 🦦" "  TIME ${former[hobnob]}: and me"
        "  TIME ${name[hobnob]}: where are you?" "  TIME ${name[telnet]}: in #garden$tail")
}

# Two of the three meet in another room; lines from the lobby carry its name there.
rooms() {
    local room="#garden$tail" more="/topic TEXT sets its topic; /help room lists its settings."
    says telnet "/join $room"
    sees telnet "You created $room and own it. $more"
    says nc "/join $room"
    sees nc "You joined $room (2 people). You are talking there now."
    all_see "${name[nc]} joined" telnet
    says nc "among the flowers"
    all_see "${name[nc]}: among the flowers" telnet nc
    says hobnob "where are you?"
    all_see "[#lobby] ${name[hobnob]}: where are you?" telnet nc
    sees hobnob "${name[hobnob]}: where are you?"
    says telnet "#lobby in $room"
    all_see "[#lobby] ${name[telnet]}: in $room" telnet nc
    sees hobnob "${name[telnet]}: in $room"
    ok "lines of another room carry its name"
    says nc "/leave"
    sees nc "You left $room. You are talking in #lobby now."
    all_see "${name[nc]} left" telnet
    says telnet "/leave"
    sees telnet "You left $room. You are talking in #lobby now."
}

# Clients that connect and disconnect without sending a byte, like browsers, scanners and health
# checks: nobody is told of them, and the log does not mention them.
silent_connections() {
    local connection lines_before
    [[ $strangers == no ]] || return 0
    lines_before=$(wc -l <"$work/server.err")
    for _ in {1..100}; do
        exec {connection}<>"/dev/tcp/$1/$2"
        exec {connection}>&-
    done
    # One more, which would have been announced if it had stayed.
    exec {connection}<>"/dev/tcp/$1/$2"
    read -r -u "$connection" || fail "a silent connection is welcomed" "a line" ""
    exec {connection}>&-
    sleep "$ARRIVAL_SECS"
    sees telnet
    (($(wc -l <"$work/server.err") == lines_before)) ||
        fail "the log does not mention them" "$lines_before lines" "$(<"$work/server.err")"
    ok "101 connections without a byte are not mentioned, in the room or in the log"
}

# nc registers its name, with a password that nobody else sees.
registration() {
    says nc "/register $password"
    sees nc "${name[nc]} is now registered to you. To log in from anywhere: /login ${name[nc]}"
    ok "nc registers as ${name[nc]}"
    registered=${name[nc]}
}

# nc claims the server with the token that it printed, and bans a guest: a guest from there may not
# take part, and is not announced, until the ban is lifted.
keeping_order() {
    local host=$1 port=$2 welcome='Welcome, ([a-z]+(-[a-z0-9]+)+)\.' banned
    [[ $(<"$work/server.out") =~ /claim\ ([0-9A-Z-]+) ]] || fail "the server prints a token" \
        "a line with /claim TOKEN" "$(<"$work/server.out")"
    says nc "/claim ${BASH_REMATCH[1]}"
    sees nc "You now own this server. /help order lists what you can do."
    ok "nc claims the server"
    past=("${said[@]}")
    joins hobnob "$welcome" "$hobnob" "$host:$port"
    banned=${name[hobnob]}
    all_see "$banned joined" telnet nc
    says nc "/ban $banned 2h30m spam"
    all_see "$registered banned $banned until TIME: spam" telnet
    sees nc "$registered banned $banned until TIME: spam" \
        "$banned is banned until TIME, and so are guests from 127.0.0.1." \
        "1 other person here has the same address. If they reconnect as a guest, this also applies to them."
    sees hobnob "$registered banned you from this server until TIME: spam"
    leaves hobnob
    past=("Guests from your address cannot take part until TIME: spam. If you have a registered name: /login NAME")
    joins hobnob "$welcome" "$hobnob" "$host:$port"
    past=()
    says nc "/unban $banned"
    sees nc "${name[hobnob]} joined" "$banned is no longer banned."
    sees telnet "${name[hobnob]} joined"
    sees hobnob "You joined #lobby (3 people). You are talking there now." "${said[@]}"
    ok "$banned is banned until the ban is lifted; a guest who comes meanwhile waits unannounced"
    leaves hobnob
    all_see "${name[hobnob]} left" telnet nc
}

# After a restart with the same folder, the name still belongs to nc, and the history is still
# there.
login_after_restart() {
    local host=$1 port=$2 welcome='Welcome, ([a-z]+(-[a-z0-9]+)+)\.'

    past=("${said[@]}")
    joins telnet "$welcome" "$telnet" "$host" "$port"
    joins nc "$welcome" "$nc" "$host" "$port"
    sees telnet "${name[nc]} joined"
    ok "a user who joins sees the messages from before the restart"
    says telnet "/nick $registered"
    sees telnet "$registered is a registered name. If it is yours: /login $registered"
    wrong_then_right
    comes_back "$host" "$port"
    says hobnob "still me"
    all_see "$registered: still me" telnet nc hobnob
    ok "the name still belongs to the user with its password"
    says hobnob "/search 在这里"
    sees hobnob "Messages containing 在这里, newest last:" "${past[2]}"
    ok "a search finds messages from before the restart"
    leaves hobnob
    all_see "$registered left" telnet nc

    says telnet "where did you go?"
    all_see "${name[telnet]}: where did you go?" telnet nc
    says telnet "come back"
    all_see "${name[telnet]}: come back" telnet nc
    local missed=("  TIME ${name[telnet]}: where did you go?" "  TIME ${name[telnet]}: come back")
    past=("The last 8 messages in #lobby:" "${past[@]:1}" "  TIME $registered: still me" "${missed[@]}")
    comes_back "$host" "$port" "2 messages since you left at TIME; /history 2"
    says hobnob "/history 2"
    sees hobnob "What you missed in #lobby:" "${missed[@]}"
    ok "a user who was away is told how much they missed, and reads it"
    leaves hobnob
    all_see "$registered left" telnet nc
}

# telnet deletes what it has said by mistake.
deletion() {
    says telnet "my password is zyxwvut"
    all_see "${name[telnet]}: my password is zyxwvut" telnet nc
    says telnet "/delete"
    all_see "${name[telnet]} deleted a message" telnet nc
    sees telnet "Deleted. Nothing is left of the message on the server's disk."
    ! grep -q zyxwvut "$work"/data/hobnob.db* || fail "the message is in no file" "" "it is"
    past=("The last 9 messages in #lobby:" "${past[@]:1}"
        "  TIME ${name[telnet]}: (deleted by ${name[telnet]})")
}

# After a restart, those who join and the export see that a message was deleted.
deleted_after_restart() {
    local host=$1 port=$2 welcome='Welcome, ([a-z]+(-[a-z0-9]+)+)\.' last

    joins telnet "$welcome" "$telnet" "$host" "$port"
    joins nc "$welcome" "$nc" "$host" "$port"
    sees telnet "${name[nc]} joined"
    last=$("$hobnob_server" export --data "$work/data" --room lobby | tail -n 1)
    [[ $last =~ ^[0-9-]+\ [0-9:]+\ ([a-z0-9-]+):\ \(deleted\ by\ ([a-z0-9-]+)\)$ ]] ||
        fail "the export says that a message was deleted" "(deleted by NAME)" "$last"
    ok "a deleted message is in no file, and its place is kept across a restart and in the export"
    past=()
}

# telnet is asked for the password of the registered name, enters a wrong one and then the right
# one, and neither is on anyone's screen.
wrong_then_right() {
    local before=${name[telnet]} question="Password for $registered (Enter cancels): "
    local again="Wrong password. Try again (Enter cancels): "
    says telnet "/login $registered"
    is_asked telnet "$question"
    says telnet "not $password"
    is_asked telnet "$again"
    says telnet "$password"
    sees telnet "$question" "$again" "$before is now $registered" "You are logged in as $registered."
    all_see "$before is now $registered" nc
    says telnet "/logout"
    eventually logged_out telnet || fail "telnet logs out" "a line" "$(printed telnet)"
    name[telnet]=${BASH_REMATCH[1]}
    sees telnet "$registered is now ${name[telnet]}" "You are logged out. Your name is now ${name[telnet]}."
    all_see "$registered is now ${name[telnet]}" nc
    ! printed telnet | grep -qF "$password" || fail "telnet hides the password" "" "$(printed telnet)"
    ! printed nc | grep -qF "$password" || fail "nobody is told the password" "" "$(printed nc)"
    ok "telnet is asked again after a wrong password, and nobody sees either one"
}

# is_asked CLIENT QUESTION: the question is at the end of the client's output.
is_asked() {
    eventually ends_with "$1" "$2" || fail "$1 is asked" "$2" "$(printed "$1" | tail -n 2)"
}

ends_with() {
    [[ "$(printed "$1"; echo .)" == *"$2." ]]
}

logged_out() {
    [[ "$(printed "$1")" =~ $registered\ is\ now\ ([a-z0-9-]+) ]]
}

# comes_back HOST PORT LINE...: hobnob joins, logs in to the registered name, and sees these lines.
comes_back() {
    local before
    joins hobnob 'Welcome, ([a-z]+(-[a-z0-9]+)+)\.' "$hobnob" "$1:$2"
    before=${name[hobnob]}
    all_see "$before joined" telnet nc
    says hobnob "/login $registered $password"
    name[hobnob]=$registered
    all_see "$before is now $registered" telnet nc
    sees hobnob "$before is now $registered" "You are logged in as $registered." "${@:3}"
    ok "hobnob logs in as $registered"
}

# The wording of the Go original, which names everyone by address.
original_wording() {
    local host=$1 port=$2 welcome='欢迎 (127\.0\.0\.1:[0-9]+)'

    joins telnet "$welcome" "$telnet" "$host" "$port"
    joins nc "$welcome" "$nc" "$host" "$port"
    all_see "${name[nc]} 上线" telnet
    says nc "你好"
    all_see "${name[nc]}: 你好" telnet nc
    joins hobnob "$welcome" "$hobnob" "$host:$port"
    all_see "${name[hobnob]} 上线" telnet nc
    leaves hobnob
    all_see "${name[hobnob]} 下线" telnet nc
}

prepare() {
    "$here/install-tools.sh" telnet=inetutils-telnet nc=netcat-openbsd
    telnet=$(command -v inetutils-telnet || command -v telnet)
    nc=$(command -v nc.openbsd || command -v nc)
    cargo build --quiet --release --locked --manifest-path "$here/../Cargo.toml"
    local built=${CARGO_TARGET_DIR:-$here/../target}/release
    hobnob=$built/hobnob
    hobnob_server=$built/hobnob-server
}

# start_server OPTION...: sets $server and $port.
start_server() {
    : >"$work/server.out"
    "$hobnob_server" --listen localhost:0 "$@" >"$work/server.out" 2>"$work/server.err" &
    server=$!
    eventually announced || fail "the server says where it listens" \
        "hobnob is listening on 127.0.0.1:PORT and ..." "$(<"$work/server.out")"
    port=${BASH_REMATCH[1]}
    ok "hobnob-server $* listens on port $port"
}

announced() {
    [[ $(<"$work/server.out") =~ 127\.0\.0\.1:([0-9]+) ]]
}

# stop_server GOODBYE [HINT]: telnet and nc must see the goodbye, nc also the hint on how to exit,
# and all processes must exit.
stop_server() {
    local goodbye=$1 client code=0 pid
    kill -TERM "$server"
    sees telnet "$goodbye"
    sees nc "$@"
    ok "SIGTERM, seen by telnet nc: $goodbye"
    eventually ended "$server" || fail "the server ends" "no process $server" "it still runs"
    wait "$server" || code=$?
    ((code == 0)) || fail "the server exits normally" "exit code 0" "exit code $code"
    ok "the server ends with exit code 0"
    for client in telnet nc; do
        hang_up "$client" # nc waits for the end of its input, whatever the server does.
        sees "$client"    # Nothing came after the goodbye.
    done
    for pid in "$server" "${process[@]}"; do
        ! kill -0 "$pid" 2>/dev/null || fail "no process is left" "" "$(ps "$pid")"
    done
    code=0
    "$hobnob" "127.0.0.1:$port" </dev/null 2>"$work/refused" || code=$?
    [[ $code == 1 && $(<"$work/refused") == *"connection refused"* ]] ||
        fail "nothing listens any more" "exit code 1, connection refused" \
            "exit code $code, $(<"$work/refused")"
    ok "no process is left, and nothing listens on port $port"
    server="" process=()
}

# joins CLIENT WELCOME COMMAND...: the first group of the pattern WELCOME is the assigned name.
joins() {
    local client=$1 welcome=$2 fd
    rm -f "$work/$client".*
    mkfifo "$work/$client.in"
    (
        # A process that holds the other end of a client's input would keep it open.
        for fd in "${input[@]}"; do exec {fd}>&-; done
        exec "${@:3}" >"$work/$client.out" 2>"$work/$client.err" <"$work/$client.in"
    ) &
    process[$client]=$!
    exec {fd}>"$work/$client.in" # Waits until the client has opened its end.
    input[$client]=$fd

    eventually welcomed "$client" || fail "$client is welcomed" "a line" "$(cat "$work/$client".{out,err})"
    [[ $line =~ ^$welcome$ ]] || fail "$client is welcomed" \
        "a line that matches $welcome (a running server needs --lang en --names guest)" "$line"
    name[$client]=${BASH_REMATCH[1]}
    if [[ $line == Welcome,* && ${past[0]-} != Guests* ]]; then
        eventually placed "$client" || fail "$client is told where it is" "You are in #lobby ..." "$place"
        sees "$client" "$line" "$place" "${past[@]}"
    else
        sees "$client" "$line" "${past[@]}"
    fi
    [[ $line != Welcome,* ]] || sleep "$ARRIVAL_SECS"
    ok "$client joins as ${name[$client]}"
}

# Sets $line to the first whole line of the client's output.
welcomed() {
    IFS= read -r line < <(printed "$1") && line=${line%$'\r'}
}

# Sets $place to the second line of the client's output, which names its room.
placed() {
    place=$(printed "$1" | sed -n 2p)
    place=${place%$'\r'}
    [[ $place =~ ^You\ are\ .*#lobby && $place == *"$HOW_TO" ]]
}

# is_called CLIENT NAME WITNESS...: the client takes a name.
is_called() {
    local client=$1 before=${name[$1]}
    says "$client" "/nick $2"
    name[$client]=$2
    former[$client]=$before
    all_see "$before is now $2" "${@:3}"
}

says() {
    printf '%s\n' "$2" >&"${input[$1]}"
}

# sees CLIENT LINE...: these are the next lines of the client's transcript, and there are no others.
sees() {
    local line
    for line in "${@:2}"; do
        printf '%s%s\n' "$line" "$(line_end "$1")" >>"$work/$1.expected"
    done
    eventually agrees "$1" ||
        fail "$1 sees ${2:-nothing more}" "$(<"$work/$1.expected")" "$(<"$work/$1.got")"
}

all_see() {
    local client
    for client in "${@:2}"; do
        sees "$client" "$1"
    done
    ok "seen by ${*:2}: $1"
}

agrees() {
    if [[ $strangers == no ]]; then
        # The minute when something was said varies, and it may have been yesterday.
        printed "$1" | sed -E 's/^(  |.* (left at|until) )([0-9-]{10} )?[0-9]{2}:[0-9]{2}([ ;:,])/\1TIME\4/'
    else
        # Ignores what other users do.
        printed "$1" | grep -E "^(\[#lobby\] )?($(ours))[^a-z0-9-]"
    fi >"$work/$1.got"
    cmp -s "$work/$1.expected" "$work/$1.got"
}

# The beginnings of lines that concern us, as alternatives in a pattern.
ours() {
    local beginnings=(Welcome You "${name[@]}" "${former[@]}")
    (IFS='|'; echo "${beginnings[*]}")
}

# The client's output, without lines such as "Trying ..." at the beginning of telnet's, and without
# the CR that telnet leaves at line ends while it hides input.
printed() {
    if [[ $1 == telnet ]]; then
        sed $'1,/^Escape character is/d; s/\r$//' "$work/$1.out"
    else
        cat "$work/$1.out"
    fi
}

# nc and hobnob print exactly what they receive, with CR LF at line ends; telnet converts it to LF.
line_end() {
    [[ $1 == telnet ]] || printf '\r'
}

# leaves CLIENT: the client ends its input, sees the rest, and exits successfully.
leaves() {
    local client=$1 code=0
    hang_up "$client"
    wait "${process[$client]}" || code=$?
    ((code == 0)) || fail "$client ends well" "exit code 0" "exit code $code, $(<"$work/$client.err")"
    sees "$client"
    ok "$client leaves, with exit code 0"
}

hang_up() {
    local fd=${input[$1]}
    exec {fd}>&-
    unset "input[$1]"
    eventually ended "${process[$1]}" || fail "$1 ends with its input" "" "it still runs"
}

ended() {
    ! kill -0 "$1" 2>/dev/null
}

# eventually COMMAND...: repeats the command until it succeeds or the deadline has passed.
eventually() {
    local until=$((SECONDS + DEADLINE_SECS))
    until "$@"; do
        ((SECONDS < until)) || return 1
        sleep "$POLL_SECS"
    done
}

ok() {
    echo "ok  $1"
}

# fail STEP EXPECTED GOT
fail() {
    {
        echo "FAILED  $1"
        echo "expected:"
        sed $'s/\r$/\\\\r/; s/^/    /' <<<"$2"
        echo "but got:"
        sed $'s/\r$/\\\\r/; s/^/    /' <<<"$3"
        if [[ -s $work/server.err ]]; then
            echo "the last lines of the server's log:"
            tail -n 10 "$work/server.err" | sed 's/^/    /'
        fi
    } >&2
    exit 1
}

# Kills the remaining processes, each by its own id.
clean_up() {
    local pid
    exec 2>/dev/null # Otherwise bash reports each of them as killed.
    for pid in $server "${process[@]}"; do
        kill -KILL "$pid" || true
    done
    wait
    rm -rf "$work"
}

trap clean_up EXIT
trap 'fail "a client accepts its input" "a running client" "its input is closed"' PIPE
main "$@"
