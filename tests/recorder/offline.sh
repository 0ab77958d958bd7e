#!/bin/sh
# Makes load, and then asks Linux for every memory block, one after the other: what was in the block right before, and
# what became of it. A block that went is brought back, so that each one is asked on the same machine.
mkdir -p /tmp /ram /out/try
mount -t tmpfs none /tmp
mount -t ramfs none /ram
ulimit -l unlimited
blocks=/sys/devices/system/memory
read -r scale again < /load.conf
for block in $blocks/memory*; do
    [ "$(cat $block/state)" = offline ] && echo online_movable > $block/state
done
echo $((24 * scale)) > /proc/sys/vm/nr_hugepages
dd if=/dev/zero of=/tmp/file bs=1M count=$((60 * scale)) 2>/dev/null
dd if=/dev/zero of=/ram/file bs=1M count=$((10 * scale)) 2>/dev/null
/load $scale /tmp > /ready 2> /out/try/errors &
waited=0
while [ ! -s /ready ] && [ $waited -lt 120 ]; do sleep 1; waited=$((waited + 1)); done
sleep 2
size=$((0x$(cat $blocks/block_size_bytes)))
frames=$((size / 4096))
cat /proc/buddyinfo > /out/try/buddyinfo
cat /proc/pagetypeinfo > /out/try/pagetypeinfo
for block in $(ls -d $blocks/memory[0-9]* | sed 's/.*memory//' | sort -n); do
    path=$blocks/memory$block
    [ "$(cat $path/state)" = online ] || continue
    to=/out/try/$block
    mkdir -p $to
    zones=$(cat $path/valid_zones)
    cat /proc/zoneinfo > $to/zoneinfo
    cat /proc/vmstat > $to/vmstat
    grep -i huge /proc/meminfo > $to/hugepages
    dd if=/proc/kpageflags of=$to/flags bs=$((frames * 8)) skip=$block count=1 2>/dev/null
    dd if=/proc/kpagecount of=$to/count bs=$((frames * 8)) skip=$block count=1 2>/dev/null
    [ -x /bin/acpihp ] && /bin/acpihp removable --block $block -J > $to/removable 2> $to/errors
    start=$(cut -d ' ' -f 1 /proc/uptime)
    timeout -s KILL 150 sh -c "echo offline > $path/state" 2> $to/said
    status=$?
    echo "zones=$zones status=$status state=$(cat $path/state) from=$start to=$(cut -d ' ' -f 1 /proc/uptime) said=$(cat $to/said)" > $to/result
    dmesg -c | grep -v 'dump\|flags' | tail -n 8 > $to/log
    if [ "$(cat $path/state)" = offline ]; then
        case "$zones" in
            Movable*) echo online_movable > $path/state ;;
            *) echo online_kernel > $path/state ;;
        esac
    fi
done
