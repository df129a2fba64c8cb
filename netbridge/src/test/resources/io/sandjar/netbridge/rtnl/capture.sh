#!/bin/bash
# capture.sh: records in ip.txt the last rtnetlink request that each command sends, for the encoders' tests.
# Needs root, strace and iproute2; works in a network namespace of its own.
set -euo pipefail
self=$(readlink -f "$0"); cd "$(dirname "$self")"
if [ "${1:-}" != inside ]; then exec unshare -n -m "$self" inside; fi
mount -t tmpfs none /run; mkdir -p /run/netns; ip netns add pod; ip link set lo up
out=$PWD/ip.txt; log=$(mktemp); trap 'rm -f "$log"' EXIT
echo "# A name, the command, and the last request that it sent in hex; made by capture.sh with $(ip -V)." > "$out"

take() { # name command...
  local name=$1; shift
  # With -e write strace also dumps what a sendmsg carries, byte by byte.
  strace -qq -e trace=sendmsg -e write=all -o "$log" "$@" > /dev/null 2>&1 || echo "refused here, recorded all the same: $*" >&2
  python3 - "$log" "$name" "$*" >> "$out" <<'PY'
import sys
log, name, command = sys.argv[1:]
sent = b''
for line in open(log):
    if line.startswith('sendmsg('):
        sent = b''
    elif line.startswith(' | '):
        sent += bytes.fromhex(line[10:59].replace(' ', ''))
print(f"\n{name}\n{command}\n{sent.hex()}")
PY
}

take bridge ip link add name br0 address 02:00:00:00:00:01 mtu 1450 type bridge
take veth ip link add name v0 mtu 1450 type veth peer name eth0 address 02:00:00:00:00:02 mtu 1450 netns pod
take ifb ip link add name ifb0 type ifb
take dummy ip link add name dm0 type dummy
ip link add up0 type veth peer name up1; ip link set up1 up
take vxlan ip link add name vx0 mtu 1400 type vxlan id 77 local 10.9.0.1 dev up0 dstport 4789 nolearning
take vxlan6 ip link add name vx6 type vxlan id 78 local fd09::1 dstport 4790 nolearning
take up ip link set dev br0 up
take down ip link set dev br0 down
take mtu ip link set dev br0 mtu 1400
take address ip link set dev br0 address 02:00:00:00:00:03
take master ip link set dev v0 master br0
take alias ip link set dev v0 alias "sandjar pod"
take group ip link set dev v0 group 77
take addrgen ip link set dev v0 addrgenmode none
take groupdel ip link del group 78
take port ip link set dev v0 type bridge_slave hairpin on isolated on
ip link set br0 up; ip link set v0 up; ip link set vx0 up; ip link set up0 up
take addr4 ip addr add 10.1.0.1/24 dev br0
take addr6 ip -6 addr add fd01::1/64 dev br0 nodad
ip addr add 10.1.0.2/24 dev br0
take addr4del ip addr del 10.1.0.2/24 dev br0
ip addr add 192.168.0.1/24 dev up0; ip addr add fd00::1/64 dev up0 nodad
take default4 ip route add default via 10.1.0.9 dev br0
take default6 ip -6 route add default via fd01::9 dev br0
take route4 ip route replace 10.2.0.0/24 via 192.168.0.2 dev up0 proto 83
take route6 ip -6 route replace fd02::/64 via fd00::2 dev up0 proto 83
take metric4 ip route replace 10.4.0.0/24 via 192.168.0.2 dev up0 proto 83 metric 70000
take metric6 ip -6 route replace fd04::/64 via fd00::2 dev up0 proto 83 metric 70000
take onlink4 ip route replace 10.3.0.0/24 via 10.3.0.0 dev vx0 onlink proto 83
take routedel ip route del 10.2.0.0/24 via 192.168.0.2 dev up0 proto 83
take neigh4 ip neigh replace 10.3.0.0 lladdr 02:00:00:00:00:04 dev vx0 nud permanent
take neighdel ip neigh del 10.3.0.0 dev vx0
take fdb bridge fdb append 02:00:00:00:00:04 dev vx0 dst 192.168.0.2 self permanent
take fdbdel bridge fdb del 02:00:00:00:00:04 dev vx0 dst 192.168.0.2 self
take del ip link del dev vx0
