package io.metalimages.rack.network;

import io.metalimages.common.FaultException;
import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.util.List;

/**
 * A machine that is no virtual one: a network namespace of a fabric, with FRR configured as the installer does it. Its
 * network cards are ends of veths, the other ends of which are on the bridges where the taps are.
 */
final class StandIn {

    static final String ADDRESS = "10.0.16.2";
    static final String ADDRESS_SIX = "2001:db8:16::2";
    static final long NUMBER = 4_210_000_016L;

    private final Fabric fabric;
    private final NetworkNamespace namespace;
    final Router router;

    private StandIn(Fabric fabric, NetworkNamespace namespace, Router router) {
        this.fabric = fabric;
        this.namespace = namespace;
        this.router = router;
    }

    static StandIn start(Fabric fabric) throws IOException, InterruptedException {
        FabricRoot root = fabric.root();
        NetworkNamespace namespace = fabric.sandbox().add("machine");
        root.script(namespace, """
                sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
                    net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.default.rp_filter=2 \
                    net.ipv6.conf.default.accept_ra=0 net.ipv4.fib_multipath_hash_policy=1
                ip link set lo up
                ip address add "$1/32" dev lo
                ip address add "$2/128" dev lo
                """, ADDRESS, ADDRESS_SIX);
        for (int card = 0; card < 2; card++) {
            Leaf leaf = fabric.leaves().get(card);
            root.script(fabric.sandbox().rack(), """
                    ip link add "veth$1" mtu 9216 type veth peer name "lan$1" address "$3" mtu 9000 netns /run/netns/machine
                    ip link set "veth$1" master "$2" up
                    """, Integer.toString(card), "cable-" + leaf.name(), leaf.mac());
            root.script(namespace, "ip link set lan" + card + " up");
        }
        String interfaces = """
                frr defaults datacenter
                hostname machine
                interface lan0
                 ipv6 nd ra-interval 6
                 no ipv6 nd suppress-ra
                exit
                interface lan1
                 ipv6 nd ra-interval 6
                 no ipv6 nd suppress-ra
                exit
                """;
        String routing = """
                frr defaults datacenter
                hostname machine
                bgp as-path access-list SELF permit ^$
                route-map only-self-out permit 10
                 match as-path SELF
                exit
                router bgp %d
                 bgp router-id %s
                 bgp bestpath as-path multipath-relax
                 neighbor TOR peer-group
                 neighbor TOR remote-as external
                 neighbor TOR timers 2 8
                 neighbor lan0 interface peer-group TOR
                 neighbor lan1 interface peer-group TOR
                 address-family ipv4 unicast
                  redistribute connected
                  neighbor TOR route-map only-self-out out
                 exit-address-family
                 address-family ipv6 unicast
                  redistribute connected
                  neighbor TOR route-map only-self-out out
                  neighbor TOR activate
                 exit-address-family
                exit
                """.formatted(NUMBER, ADDRESS);
        return new StandIn(fabric, namespace, Router.start(root, namespace, List.of(), interfaces, routing));
    }

    NetworkNamespace namespace() {
        return namespace;
    }

    /** Runs a program of the fabric's root file system on the machine. */
    String run(String... command) throws IOException, InterruptedException {
        return fabric.root().run(namespace, command);
    }

    /** Whether a program ends with exit status 0. */
    boolean succeeds(String... command) throws IOException, InterruptedException {
        try {
            run(command);
            return true;
        } catch (FaultException failed) {
            return false;
        }
    }

    /** Asks the fabric's name server. */
    String lookUp(String name) throws IOException, InterruptedException {
        List<String> command = List.of(
                "sh",
                "-c",
                "busybox nslookup \"$1\" \"$2\" 2>&1 || :",
                "sh",
                name,
                fabric.dnsServer().getHostAddress());
        return fabric.sandbox().run(namespace, command);
    }

    /** Reads the internet's page, by a certain address. */
    String[] fetch(String address, String... options) {
        String[] command = new String[options.length + 7];
        System.arraycopy(
                new String[] {
                    "curl",
                    "--silent",
                    "--show-error",
                    "--fail",
                    "--resolve",
                    "internet.test:443:" + address,
                    fabric.internet().url().toString()
                },
                0,
                command,
                0,
                7);
        System.arraycopy(options, 0, command, 7, options.length);
        return command;
    }
}
