package io.metalimages.rack.network;

import io.metalimages.common.FaultException;
import io.metalimages.rack.overlay.Vtep;
import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A {@link Leaf} that runs: FRR and lldpd in its network namespace. */
final class LeafSwitch {

    /**
     * The address on the port to the machine, for a machine that has no address yet and speaks no BGP. With the name of the
     * machine's device: {@code http://[fe80::1%lan0]:8080/}.
     */
    static final String PROVISIONING = "fe80::1";

    /** The devices that lead to the machine and to the services. */
    static final String PORT = "swp1";

    private static final String UPLINK = "swp31";

    /** Largest packet on its ports, in bytes, without the Ethernet header. */
    private static final int MTU = 9216;

    /** The provisioning address is deprecated, so that nothing but answers is sent from it. */
    private static final String UP = """
            ip link set %1$s up
            ip link set %2$s up
            ip address replace %3$s/64 dev %1$s preferred_lft 0 nodad
            """.formatted(PORT, UPLINK, PROVISIONING);

    private static final String DOWN = """
            ip link set %s down
            ip link set %s down
            """.formatted(PORT, UPLINK);

    private static final Duration POLL = Duration.ofMillis(100);

    private final FabricRoot root;
    private final Leaf leaf;
    private final LldpDaemon discovery;
    private final Router router;

    private LeafSwitch(FabricRoot root, Leaf leaf, LldpDaemon discovery, Router router) {
        this.root = root;
        this.leaf = leaf;
        this.discovery = discovery;
        this.router = router;
    }

    /**
     * Connects a leaf, with the machine's tap over a bridge, and with the services. Its device in their namespace has its
     * name.
     *
     * @param rack the namespace of the tap, in which QEMU is started
     */
    static void cable(FabricRoot root, Leaf leaf, NetworkNamespace rack, NetworkNamespace services)
            throws IOException, InterruptedException {
        String wire = "wire-" + leaf.name();
        root.script(
                leaf.namespace(),
                FabricRoot.FORWARDING
                        + """
                ip address add %1$s/32 dev lo
                ip link add %2$s mtu %6$d address %9$s type veth peer name %3$s mtu %6$d netns /run/netns/%7$s
                ip link add %4$s mtu %6$d type veth peer name %5$s mtu %6$d netns /run/netns/%8$s
                """.formatted(
                                        leaf.routerId(),
                                        PORT,
                                        wire,
                                        UPLINK,
                                        leaf.name(),
                                        MTU,
                                        rack.name(),
                                        services.name(),
                                        leaf.portMac())
                        + UP);
        // A bridge passes on LLDP, which is for the switch, only if it is told to (bit 14).
        root.script(rack, """
                ip link add %1$s type bridge mcast_snooping 0 group_fwd_mask 0x4000
                ip tuntap add %2$s mode tap
                ip link set %2$s mtu %4$d master %1$s up
                ip link set %3$s master %1$s up
                ip link set %1$s mtu %4$d up
                """.formatted("cable-" + leaf.name(), leaf.tap(), wire, MTU));
        root.script(services, "ip link set " + leaf.name() + " up");
    }

    /** @throws FaultException if a program does not start; has the end of its log */
    static LeafSwitch start(FabricRoot root, Leaf leaf, Optional<Vtep> tunnels)
            throws IOException, InterruptedException {
        LldpDaemon discovery = LldpDaemon.start(root, leaf);
        RouterConfiguration configuration = new RouterConfiguration(
                leaf.name(), leaf.number(), leaf.routerId(), List.of(PORT, UPLINK), false, tunnels);
        return new LeafSwitch(root, leaf, discovery, Router.start(root, leaf.namespace(), configuration));
    }

    Leaf leaf() {
        return leaf;
    }

    /**
     * Waits until there are routes to all of these prefixes.
     *
     * @throws FaultException if there are none within {@code limit}
     */
    void awaitRoutes(List<String> prefixes, Duration limit) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        for (String prefix : prefixes) {
            while (router.ways(prefix).isEmpty()) {
                if (System.nanoTime() - begun > limit.toNanos()) {
                    throw FaultException.failed(
                            "The rack's switch " + leaf.name() + " did not get its route to " + prefix + " within "
                                    + limit.toSeconds() + " s: " + router.show("bgp summary"),
                            null);
                }
                Thread.sleep(POLL);
            }
        }
    }

    /** The session with the machine, as the switch sees it. */
    BgpSession session() throws IOException, InterruptedException {
        return router.session(PORT);
    }

    /** What the machine has announced by LLDP; empty if nothing was heard of it lately. */
    Optional<LldpNeighbor> neighbor() throws IOException, InterruptedException {
        return discovery.neighbor();
    }

    /** Takes the switch out of service as if it had lost its power: nothing comes from its ports any more. */
    void cut() throws IOException, InterruptedException {
        root.script(leaf.namespace(), DOWN);
    }

    /** Brings the switch back. */
    void restore() throws IOException, InterruptedException {
        root.script(leaf.namespace(), UP);
    }
}
