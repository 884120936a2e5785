package io.metalimages.rack.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.rack.BuiltRackImages;
import io.metalimages.rack.overlay.Overlay;
import io.metalimages.rack.overlay.PeerAddressServer;
import io.metalimages.rack.overlay.Prefix;
import io.metalimages.rack.overlay.Tenants;
import io.metalimages.rack.overlay.VirtualNetwork;
import io.metalimages.rack.overlay.Vtep;
import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import io.metalimages.rack.sandbox.NetworkSandbox;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A fabric with an overlay, and a stand-in for the firewall: FRR with VRFs as the switches have them. It stands in two
 * networks, and lets nothing from one into the other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OverlayTest {

    private static final VirtualNetwork PRIVATE = new VirtualNetwork(
            3981,
            VirtualNetwork.Place.LEAVES,
            List.of(InetAddress.ofLiteral("10.0.17.2"), InetAddress.ofLiteral("2001:db8:17::2")),
            List.of(Prefix.parse("198.18.1.0/24")));
    private static final VirtualNetwork STORAGE = new VirtualNetwork(
            3982, VirtualNetwork.Place.LEAVES, List.of(InetAddress.ofLiteral("10.0.20.5")), List.of());
    private static final VirtualNetwork INTERNET =
            new VirtualNetwork(104_009, VirtualNetwork.Place.SERVICES, List.of(), List.of());
    private static final VirtualNetwork PARTNER = new VirtualNetwork(
            104_010, VirtualNetwork.Place.EXIT, List.of(InetAddress.ofLiteral("100.64.1.2")), List.of());
    private static final Overlay OVERLAY = new Overlay(
            address("10.1.0.254"),
            List.of(address("10.1.0.253"), address("10.1.0.252")),
            List.of(PRIVATE, STORAGE, INTERNET, PARTNER));

    private static final String INSIDE = "10.0.16.2";
    private static final String INSIDE_SIX = "2001:db8:16::2";
    private static final String OUTSIDE = "203.0.113.130";
    private static final int PORT = 7007;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private BuiltRackImages images;
    private Fabric fabric;
    private Tenants tenants;
    private NetworkNamespace firewall;
    private PeerAddressServer inside;
    private PeerAddressServer outside;

    private static Inet4Address address(String text) {
        return (Inet4Address) InetAddress.ofLiteral(text);
    }

    @BeforeAll
    void open() throws Exception {
        images = BuiltRackImages.open();
        fabric = Fabric.open(images.work, images.fabric(), Optional.of(OVERLAY));
        tenants = fabric.tenants().orElseThrow();
        startFirewall();
        FabricTest.await(() -> tenants.learned(PRIVATE).values().stream()
                        .allMatch(
                                Set.of(Prefix.parse(INSIDE), Prefix.parse(INSIDE_SIX), Prefix.parse("198.18.9.0/24"))
                                        ::equals)
                && tenants.learned(INTERNET).values().stream().noneMatch(Set::isEmpty));
    }

    private void startFirewall() throws Exception {
        NetworkSandbox sandbox = fabric.sandbox();
        firewall = sandbox.add("firewall");
        fabric.root().script(firewall, FabricRoot.FORWARDING);
        for (int card = 0; card < 2; card++) {
            Leaf leaf = fabric.leaves().get(card);
            fabric.root().script(sandbox.rack(), """
                    ip link add "veth$1" mtu 9216 type veth peer name "lan$1" address "$3" mtu 9216 netns /run/netns/firewall
                    ip link set "veth$1" master "$2" up
                    """, Integer.toString(card), "cable-" + leaf.name(), leaf.mac());
            fabric.root().script(firewall, "ip link set lan" + card + " up");
        }
        NetworkNamespace insideVrf = sandbox.add("firewall-inside");
        NetworkNamespace outsideVrf = sandbox.add("firewall-outside");
        fabric.root()
                .script(
                        insideVrf,
                        "ip link set lo up; ip address add %s/32 dev lo; ip address add %s/128 dev lo"
                                .formatted(INSIDE, INSIDE_SIX));
        fabric.root().script(outsideVrf, "ip link set lo up; ip address add " + OUTSIDE + "/32 dev lo");
        Vtep tunnels = new Vtep(
                address("10.1.0.1"),
                "52:54:00:00:03:00",
                List.of(
                        new Vtep.Vrf(
                                insideVrf,
                                new VirtualNetwork(
                                        PRIVATE.vni(),
                                        VirtualNetwork.Place.EXIT,
                                        List.of(InetAddress.ofLiteral(INSIDE), InetAddress.ofLiteral(INSIDE_SIX)),
                                        List.of(Prefix.parse("198.18.9.0/24")))),
                        new Vtep.Vrf(
                                outsideVrf,
                                new VirtualNetwork(
                                        INTERNET.vni(),
                                        VirtualNetwork.Place.EXIT,
                                        List.of(InetAddress.ofLiteral(OUTSIDE)),
                                        List.of()))));
        tunnels.build(fabric.root(), firewall);
        Router.start(
                fabric.root(),
                firewall,
                new RouterConfiguration(
                        "firewall", 4_200_003_073L, "10.1.0.1", List.of("lan0", "lan1"), false, Optional.of(tunnels)));
        inside = PeerAddressServer.start(sandbox, insideVrf, PORT);
        outside = PeerAddressServer.start(sandbox, outsideVrf, PORT);
    }

    @AfterAll
    void close() throws Exception {
        if (inside != null) {
            inside.close();
        }
        if (outside != null) {
            outside.close();
        }
        if (fabric != null) {
            fabric.close();
        }
        if (images != null) {
            images.close();
        }
    }

    private Tenants.Attempt connect(VirtualNetwork from, String source, String destination)
            throws IOException, InterruptedException {
        return tenants.connect(from, InetAddress.ofLiteral(source), InetAddress.ofLiteral(destination), PORT, LIMIT);
    }

    @Test
    void aNetworkKnowsWhatTheFirewallAnnouncesInItsVrf() throws Exception {
        assertThat(tenants.learned(INTERNET)).isEqualTo(Map.of("services", Set.of(Prefix.parse(OUTSIDE))));
        assertThat(tenants.learned(STORAGE)).isEqualTo(Map.of("leaf1-vrf3982", Set.of(), "leaf2-vrf3982", Set.of()));
    }

    @Test
    void hostsOfANetworkReachTheFirewallAndNobodyElseDoes() throws Exception {
        assertThat(connect(PRIVATE, "10.0.17.2", INSIDE).seenAs()).contains(InetAddress.ofLiteral("10.0.17.2"));
        assertThat(connect(PRIVATE, "2001:db8:17::2", INSIDE_SIX).seenAs())
                .contains(InetAddress.ofLiteral("2001:db8:17::2"));
        assertThat(connect(INTERNET, InternetServer.ADDRESS, OUTSIDE).seenAs())
                .contains(InetAddress.ofLiteral(InternetServer.ADDRESS));
        assertThat(tenants.connect(
                                STORAGE,
                                InetAddress.ofLiteral("10.0.20.5"),
                                InetAddress.ofLiteral(INSIDE),
                                PORT,
                                Duration.ofSeconds(2))
                        .isConnected())
                .isFalse();
    }

    @Test
    void tunnelsCarryJumboFrames() throws Exception {
        assertThat(fabric.root().run(tenants.host(PRIVATE), "ping", "-c", "1", "-M", "do", "-s", "8900", INSIDE))
                .contains("1 received");
    }
}
