package io.metalimages.rack.provisioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.rack.overlay.Overlay;
import io.metalimages.rack.overlay.Prefix;
import io.metalimages.rack.overlay.VirtualNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FirewallNetworksTest {

    @TempDir
    Path directory;

    private static Allocation usual() throws IOException {
        return Allocation.read(AllocationTest.ALLOCATIONS.resolve("firewall.yaml"));
    }

    private static VirtualNetwork network(Allocation allocation, long vni) {
        return allocation.overlay().orElseThrow().networks().stream()
                .filter(network -> network.vni() == vni)
                .findFirst()
                .orElseThrow();
    }

    private static Set<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).collect(Collectors.toSet());
    }

    private Allocation changed(String from, String to) throws IOException {
        String text = Files.readString(AllocationTest.ALLOCATIONS.resolve("firewall.yaml"));
        assertThat(text).contains(from);
        return Allocation.read(Files.writeString(directory.resolve("firewall.yaml"), text.replace(from, to)));
    }

    @Test
    void tunnelsEndAtTheLastAddressesOfTheUnderlayThatTheFirewallHasNot() throws IOException {
        Overlay overlay = changed("- 10.1.0.1\n", "- 10.1.0.253\n").overlay().orElseThrow();

        assertThat(overlay.exit().getHostAddress()).isEqualTo("10.1.0.254");
        assertThat(overlay.leaves())
                .extracting(InetAddress::getHostAddress)
                .containsExactly("10.1.0.252", "10.1.0.251");
    }

    @Test
    void serversAreInThePrivateNetworksAndServicesInTheInternet() throws IOException {
        Allocation allocation = usual();

        assertThat(network(allocation, 3981).place()).isEqualTo(VirtualNetwork.Place.LEAVES);
        assertThat(network(allocation, 3981).hostAddresses())
                .extracting(InetAddress::getHostAddress)
                .containsExactly("10.0.19.254", "203.0.113.254");
        assertThat(network(allocation, 3982).hostAddresses())
                .extracting(InetAddress::getHostAddress)
                .containsExactly("10.0.23.254");
        assertThat(network(allocation, 104_009).place()).isEqualTo(VirtualNetwork.Place.SERVICES);
        assertThat(allocation.address()).isEqualTo("203.0.113.130");
    }

    @Test
    void routesAreAnnouncedAsTheAllocationSays() throws IOException {
        Allocation allocation = usual();

        assertThat(allocation.announcedTo(network(allocation, 3981)))
                .isEqualTo(prefixes("10.0.16.2", "0.0.0.0/0", "10.0.20.2", "10.0.23.254"));
        assertThat(allocation.announcedTo(network(allocation, 3982)))
                .isEqualTo(prefixes("10.0.20.2", "10.0.16.2", "10.0.19.254"));
        assertThat(allocation.announcedTo(network(allocation, 104_009)))
                .isEqualTo(prefixes("203.0.113.130", "203.0.113.254"));
    }

    @Test
    void theInternetByADemilitarizedZoneIsReachedByTheExternalNetwork() throws IOException {
        Allocation allocation = changed("""
                    destinationprefixes:
                      - 10.0.20.0/22
                """, """
                    destinationprefixes:
                      - 0.0.0.0/0
                """);

        assertThat(allocation.announcedTo(network(allocation, 3982)))
                .isEqualTo(prefixes("10.0.20.2", "10.0.16.2", "10.0.19.254", "0.0.0.0/0", "203.0.113.130"));
        assertThat(allocation.announcedTo(network(allocation, 3981)))
                .isEqualTo(prefixes("10.0.16.2", "0.0.0.0/0", "10.0.20.2", "10.0.23.254"));
    }

    @Test
    void natHidesThePrivateNetworkAndNoOther() throws IOException {
        Allocation allocation = usual();
        InetAddress machine = InetAddress.ofLiteral("10.0.19.254");

        assertThat(allocation.translated(network(allocation, 104_009), machine).getHostAddress())
                .isEqualTo("203.0.113.130");
        assertThat(allocation.translated(network(allocation, 3982), machine).getHostAddress())
                .isEqualTo("10.0.20.2");
        InetAddress publicAddress = InetAddress.ofLiteral("203.0.113.254");
        assertThat(allocation.translated(network(allocation, 104_009), publicAddress))
                .isEqualTo(publicAddress);
        Allocation without = changed("nat: true", "nat: false");
        assertThat(without.translated(network(without, 104_009), machine)).isEqualTo(machine);
    }

    static Stream<Path> allocations() throws IOException {
        try (Stream<Path> files = Files.list(AllocationTest.ALLOCATIONS)) {
            return files.filter(file -> file.getFileName().toString().startsWith("firewall")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("allocations")
    void aRackHasEveryAllocationOfAFirewall(Path file) throws IOException {
        Allocation allocation = Allocation.read(file);
        Overlay overlay = allocation.overlay().orElseThrow();

        assertThat(overlay.leaves())
                .doesNotContain(overlay.exit())
                .doesNotHaveDuplicates()
                .hasSize(2);
        assertThat(overlay.internet().vni()).isPositive();
        assertThat(allocation.privatePrimary().hostAddresses()).isNotEmpty();
        assertThat(overlay.networks())
                .flatExtracting(VirtualNetwork::hostAddresses)
                .doesNotHaveDuplicates();
        assertThat(overlay.networks())
                .allSatisfy(
                        network -> assertThat(allocation.announcedTo(network)).isNotEmpty());
    }

    @Test
    void rulesAreRead() throws IOException {
        InetAddress machine = InetAddress.ofLiteral("10.0.19.254");
        InetAddress server = InetAddress.ofLiteral("203.0.113.80");

        assertThat(usual().egress()).hasSize(3).first().satisfies(rule -> {
            assertThat(rule.isTcp()).isTrue();
            assertThat(rule.ports()).containsExactly(80, 443);
            assertThat(rule.covers(machine, server)).isTrue();
        });
        assertThat(usual().ingress()).singleElement().satisfies(rule -> {
            assertThat(rule.covers(InetAddress.ofLiteral("198.51.100.53"), machine))
                    .isTrue();
            assertThat(rule.covers(server, machine)).isFalse();
        });
    }

    @Test
    void whatNoRackCanReachIsRefused() {
        assertThatThrownBy(() -> changed("- 0.0.0.0/0\n    ips", "- 192.0.2.0/24\n    ips"))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("has no network with an address and a default route");
        assertThatThrownBy(() -> changed("- 10.1.0.0/24", "- 2001:db8:1::/64"))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("has no underlay with an IPv4 prefix");
        assertThatThrownBy(() -> changed("- 198.51.100.0/24", "- 198.51.100.0/33"))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("firewall_rules.ingress[0].from 198.51.100.0/33");
    }
}
