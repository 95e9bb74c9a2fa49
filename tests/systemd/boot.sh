#!/bin/sh
# Run as the first process of new namespaces (lab.py makes them): builds a root of its own over a
# machine's and becomes systemd there. Nothing it does can be seen outside, and all of it is gone
# with it. Never run it by hand: outside of namespaces it would change this machine.
#   boot.sh MACHINE FOLDER CONSOLE [FROM TO]…    MACHINE is its root; FROM appears, read-only, at TO
set -eu
[ $$ = 1 ] || { echo "not the first process of a namespace" >&2; exit 1; }
machine=$1 folder=$2 console=$3
shift 3
mount --make-rprivate /

# Changes go to memory.
mount -t tmpfs -o mode=755 lab "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay -o "lowerdir=$machine,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
root=$folder/root
for name in proc sys dev run tmp opt old; do mkdir -p "$root/$name"; done

# The kernel's own files: what would change the machine may only be read.
mount -t proc -o nosuid,noexec,nodev proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$root/sys"
mount -t cgroup2 -o nosuid,noexec,nodev cgroup2 "$root/sys/fs/cgroup"

mount -t tmpfs -o nosuid,mode=755 dev "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/full" c 1 7
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o nosuid,nodev,mode=1777 shm "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
touch "$root/dev/console"
mount --bind "$console" "$root/dev/console"
mount -t tmpfs -o nosuid,nodev,mode=755 run "$root/run"
mount -t tmpfs -o nosuid,nodev,mode=1777 tmp "$root/tmp"
while [ $# -gt 1 ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro "$root$2"
    shift 2
done

# Of this machine's services none starts; it is a machine of its own, with a journal in memory.
mkdir -p "$root/run/systemd/system" "$root/etc/systemd/journald.conf.d"
for unit in getty.target systemd-logind.service systemd-timesyncd.service systemd-networkd.service \
    systemd-networkd.socket systemd-resolved.service systemd-udevd.service systemd-udev-trigger.service \
    systemd-remount-fs.service systemd-binfmt.service systemd-modules-load.service systemd-sysctl.service \
    systemd-firstboot.service systemd-hwdb-update.service systemd-random-seed.service \
    systemd-machine-id-commit.service proc-sys-fs-binfmt_misc.automount sys-kernel-debug.mount \
    sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
    dev-mqueue.mount apparmor.service e2scrub_reap.service; do
    ln -s /dev/null "$root/run/systemd/system/$unit"
done
printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
: >"$root/etc/fstab"
rm -f "$root/etc/machine-id"
tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
hostname lab

cd "$root"
pivot_root . old
umount -l /old
mount --make-rshared /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=lxc LANG=C.UTF-8 \
    /lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=0 \
    </dev/null >/dev/console 2>&1
