"""Programs on a machine that announce addresses of services by BGP, as Kubernetes' network plugins do: each kind from where
it connects, against the FRR of the machine, and a leaf switch that has to hear of the addresses."""

import unittest

from allocations import machine, private
from chroot import Image

MACHINE = "10.0.17.2"
POD = "10.244.1.7"

NETWORK = f"""
mkdir -p /run/netns /run/frr /run/leaf
chown frr:frr /run/frr /run/leaf
usermod --append --groups frrvty frr
ip link set lo up
ip address add {MACHINE}/32 dev lo
ip netns add leaf
ip link add lan0 type veth peer name swp1 netns leaf
ip link add lan1 type veth peer name swp2 netns leaf
ip link set lan0 up
ip link set lan1 up
ip -netns leaf link set lo up
ip -netns leaf link set swp1 up
ip netns add pod
ip link add cali1 type veth peer name eth0 netns pod
ip address add 169.254.1.1/32 dev cali1
ip link set cali1 up
ip route add {POD}/32 dev cali1
ip -netns pod link set lo up
ip -netns pod address add {POD}/32 dev eth0
ip -netns pod link set eth0 up
ip -netns pod route add 169.254.1.1 dev eth0 scope link
ip -netns pod route add default via 169.254.1.1 dev eth0
"""

LEAF = """
frr defaults datacenter
interface swp1
 ipv6 nd ra-interval 1
 no ipv6 nd suppress-ra
exit
router bgp 4200000100
 bgp router-id 10.255.0.1
 no bgp ebgp-requires-policy
 neighbor swp1 interface remote-as external
 neighbor swp1 timers connect 1
exit
"""

# Each keeps its sockets in /run/frr, so the leaf has a directory of its own there. FRR 10 sets routes by mgmtd, FRR 8 has none.
ROUTERS = """
routers() {
    for program in mgmtd zebra staticd bgpd; do
        if [[ $program != mgmtd || -e /usr/lib/frr/mgmtd ]]; then
            /usr/lib/frr/"$program" --daemon --vty_port 0 --log file:/run/frr/"$program".log
        fi
    done
}
export -f routers
routers
ip netns exec leaf bash -euc 'mount --bind /run/leaf /run/frr; routers'
vtysh --inputfile /etc/frr/frr.conf
vtysh --vty_socket /run/leaf --inputfile /run/leaf.conf
"""

AWAIT = """
for attempt in $(seq 240); do
    if vtysh --vty_socket /run/leaf --command 'show bgp ipv4 unicast' | grep -E "\\*> +$1 "; then
        break
    fi
    sleep 0.5
done
vtysh --command 'show bgp ipv4 unicast summary' --command 'show bgp ipv4 unicast' \
    --command 'show ip route' >&2
cat /run/frr/bgpd.log >&2
"""


def gobgp(neighbor: str, asn: int) -> str:
    """MetalLB, Cilium and kube-router speak by GoBGP or likewise: the next hop is where the connection comes from."""
    return f"""
[global.config]
as = {asn}
router-id = "10.255.0.9"
port = -1
[[neighbors]]
[neighbors.config]
neighbor-address = "{neighbor}"
peer-as = {asn}
[neighbors.timers.config]
connect-retry = 1
"""


def bird(asn: int) -> str:
    """Calico speaks by BIRD, from the node's own address."""
    return f"""
router id 10.255.0.9;
protocol device {{}}
protocol static {{ ipv4; route 198.51.100.9/32 blackhole; }}
protocol bgp {{
    local {MACHINE} port 1790 as {asn};
    neighbor 127.0.0.1 as {asn};
    multihop;
    connect retry time 1;
    connect delay time 1;
    ipv4 {{ export all; import none; }};
}}
"""


class SpeakersTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)
        allocation = machine(private())
        self.asn = allocation["networks"][0]["asn"]
        result = self.image.install(allocation)
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        self.image.write("/run/leaf.conf", LEAF)

    def assert_announced(self, speaker: str, address: str) -> None:
        result = self.image.run(
            "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-euc",
            NETWORK + ROUTERS + speaker + AWAIT, "bash", address,
        )
        self.assertEqual(result.code, 0, result.errors)
        self.assertRegex(result.output, rf"\*> +{address} ", result.errors)

    def test_from_the_loopback_address(self) -> None:
        self.image.write("/run/gobgpd.conf", gobgp("127.0.0.1", self.asn))
        self.assert_announced(
            "gobgpd --config-file /run/gobgpd.conf --api-hosts 127.0.0.1:50051 >/run/gobgpd.log 2>&1 &\n"
            "until gobgp global rib add 198.51.100.7/32; do sleep 0.2; done\n",
            "198.51.100.7/32",
        )

    def test_from_the_address_of_a_pod(self) -> None:
        self.image.write("/run/gobgpd.conf", gobgp(MACHINE, self.asn))
        self.assert_announced(
            "ip netns exec pod gobgpd --config-file /run/gobgpd.conf --api-hosts 127.0.0.1:50051 >/run/gobgpd.log 2>&1 &\n"
            "until ip netns exec pod gobgp global rib add 198.51.100.8/32; do sleep 0.2; done\n",
            "198.51.100.8/32",
        )

    def test_from_the_address_of_the_machine(self) -> None:
        self.image.write("/run/bird.conf", bird(self.asn))
        self.assert_announced("bird -c /run/bird.conf -s /run/bird.ctl\n", "198.51.100.9/32")
