#!/usr/bin/env bash
#
# A real systemd where the machine has none, or where its own must be left alone: as PID 1 of new
# namespaces, over an overlay of this machine's root, with loopback alone. What it writes goes to memory
# and is gone with it; nothing of this machine is started or changed. Takes root, Linux namespaces,
# cgroups of version 2, and Debian's package systemd.
#
# It has no journal and no D-Bus: what units print is in the file `console`. Units with
# DefaultDependencies=no can be started; a drop-in gives that to all others.
#
# Usage: scripts/systemd-here.sh start FILES      FILES is a folder that is laid over /
#        scripts/systemd-here.sh run COMMAND...
#        scripts/systemd-here.sh stop
# SYSTEMD_HERE names the folder that holds its state [default: /run/hobnob-systemd].
set -euo pipefail

state=${SYSTEMD_HERE:-/run/hobnob-systemd}
export PATH=/opt/here/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

start() {
    [[ $(id -u) == 0 ]] || { echo "root is needed" >&2; exit 1; }
    [[ -x /lib/systemd/systemd ]] || { echo "systemd is not installed" >&2; exit 1; }
    mkdir -p "$state"
    local cgroups
    cgroups=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET) ||
        { echo "there are no cgroups of version 2" >&2; exit 1; }
    echo "$cgroups/hobnob-systemd-$$" >"$state/cgroup"
    mkdir "$(<"$state/cgroup")"
    (
        echo "$BASHPID" >"$(<"$state/cgroup")/cgroup.procs"
        FILES=$(realpath "$1") exec unshare -m -p -f -u -i -n -C "$BASH" -ec "$(declare -f inside); inside"
    ) >"$state/console" 2>&1 &
    local outer=$! pid
    for _ in {1..100}; do
        pid=$(pgrep -P "$outer" || true)
        if [[ -n $pid && $(</proc/"$pid"/comm) == systemd ]]; then
            echo "$pid" >"$state/pid"
            if run systemctl is-system-running >/dev/null 2>&1; then
                exit
            fi
        fi
        sleep 0.1
    done
    echo "it does not start: $(tail -n 1 "$state/console")" >&2
    stop
    exit 1
}

# In the namespaces: makes the new root, and becomes systemd.
inside() {
    mount --make-rprivate /
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/files /mnt/upper /mnt/work /mnt/root
    cp -a "$FILES/." /mnt/files
    mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
    local root=/mnt/root name
    rm -rf $root/etc/systemd/system/*.wants $root/etc/fstab
    cp -a /mnt/files/. $root/
    mkdir -p $root/etc/systemd/system/service.d
    printf '[Unit]\nDefaultDependencies=no\n' |
        tee $root/etc/systemd/system/service.d/here.conf >$root/etc/systemd/system/here.target
    mount -t proc proc $root/proc
    mount -t sysfs -o ro sysfs $root/sys
    mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs $root/run
    mount -t tmpfs tmpfs $root/tmp
    mount -t tmpfs -o mode=755 tmpfs $root/dev
    mkdir $root/dev/pts $root/dev/shm
    mount -t devpts devpts $root/dev/pts -o newinstance,ptmxmode=0666
    for name in null zero full random urandom tty; do
        touch $root/dev/$name
        mount --bind /dev/$name $root/dev/$name
    done
    ln -s pts/ptmx $root/dev/ptmx
    ip link set lo up
    # Not chroot: the kernel makes no user namespace inside of one.
    mkdir -p $root/.old
    cd $root
    pivot_root . .old
    umount -l /.old
    exec env -i container=here PATH="$PATH" /lib/systemd/systemd --system --unit=here.target \
        --show-status=no --log-target=console --log-level=info
}

run() {
    nsenter -t "$(<"$state/pid")" -m -p -u -i -n -C -r -w env -i LC_ALL=C.UTF-8 PATH="$PATH" "$@"
}

stop() {
    if [[ -e $state/pid ]]; then
        kill -KILL "$(<"$state/pid")" || true
        rm "$state/pid"
    fi
    if [[ -e $state/cgroup ]]; then
        # It is busy until all that was in it is gone.
        for _ in {1..50}; do
            find "$(<"$state/cgroup")" -depth -type d -exec rmdir {} + 2>/dev/null && break
            sleep 0.1
        done
        rm "$state/cgroup"
    fi
}

case ${1-} in
    start | run | stop) "$@" ;;
    *)
        echo "usage: scripts/systemd-here.sh start FILES | run COMMAND... | stop" >&2
        exit 2
        ;;
esac
