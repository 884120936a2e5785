package io.metalimages.rack.network;

import io.metalimages.rack.overlay.Vtep;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.util.List;
import java.util.Optional;

/**
 * How FRR is configured in a fabric: BGP unnumbered with whoever is at the other end of its interfaces.
 *
 * @param hostname of the router
 * @param number its autonomous system
 * @param routerId an IPv4 address of its own
 * @param interfaces that have neighbours
 * @param originates whether the neighbours are given a default route
 * @param vtep where tunnels end; empty for a router without EVPN
 */
record RouterConfiguration(
        String hostname,
        long number,
        String routerId,
        List<String> interfaces,
        boolean originates,
        Optional<Vtep> vtep) {

    /** zebra's configuration file. */
    String zebra() {
        // FRR 8.4 loses routes with two next hops when one of the interfaces flaps, if it shares next hops with the
        // kernel.
        StringBuilder lines = new StringBuilder("""
                frr defaults datacenter
                hostname %s
                no zebra nexthop kernel enable
                """.formatted(hostname));
        for (String device : interfaces) {
            lines.append("""
                    interface %s
                     ipv6 nd ra-interval 1
                     no ipv6 nd suppress-ra
                    exit
                    """.formatted(device));
        }
        return lines + vtep.map(Vtep::zebra).orElse("");
    }

    /** The network namespaces that are VRFs to FRR. */
    List<NetworkNamespace> vrfs() {
        return vtep.stream()
                .flatMap(tunnels -> tunnels.vrfs().stream())
                .map(Vtep.Vrf::namespace)
                .toList();
    }

    /** bgpd's configuration file. */
    String bgpd() {
        StringBuilder neighbours = new StringBuilder();
        StringBuilder family = new StringBuilder();
        for (String device : interfaces) {
            neighbours.append("""
                     neighbor %1$s interface remote-as external
                     neighbor %1$s timers 2 8
                     neighbor %1$s timers connect 2
                    """.formatted(device));
            family.append("  neighbor %s activate\n".formatted(device));
            if (originates) {
                family.append("  neighbor %s default-originate\n".formatted(device));
            }
        }
        return """
                frr defaults datacenter
                hostname %1$s
                router bgp %2$d
                 bgp router-id %3$s
                 bgp bestpath as-path multipath-relax
                %4$s address-family ipv4 unicast
                %5$s%6$s exit-address-family
                 address-family ipv6 unicast
                %5$s exit-address-family
                %7$sexit
                %8$s""".formatted(
                        hostname,
                        number,
                        routerId,
                        neighbours,
                        family,
                        vtep.map(tunnels -> "  network " + tunnels.address().getHostAddress() + "/32\n")
                                .orElse(""),
                        vtep.isPresent() ? evpn() : "",
                        vtep.map(tunnels -> tunnels.bgpd(number)).orElse(""));
    }

    /** What a firewall lets from one VRF into another comes back to whoever announced it first: hence allowas-in. */
    private String evpn() {
        StringBuilder lines = new StringBuilder(" address-family l2vpn evpn\n");
        for (String device : interfaces) {
            lines.append("""
                      neighbor %1$s activate
                      neighbor %1$s allowas-in 2
                    """.formatted(device));
        }
        return lines.append("  advertise-all-vni\n exit-address-family\n").toString();
    }
}
