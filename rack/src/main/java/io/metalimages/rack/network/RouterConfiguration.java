package io.metalimages.rack.network;

import java.util.List;

/**
 * How FRR is configured in a fabric: BGP unnumbered with whoever is at the other end of its interfaces.
 *
 * @param hostname of the router
 * @param number its autonomous system
 * @param routerId an IPv4 address of its own
 * @param interfaces that have neighbours
 * @param originates whether the neighbours are given a default route
 */
record RouterConfiguration(String hostname, long number, String routerId, List<String> interfaces, boolean originates) {

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
        return lines.toString();
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
                %5$s exit-address-family
                 address-family ipv6 unicast
                %5$s exit-address-family
                exit
                """.formatted(hostname, number, routerId, neighbours, family);
    }
}
