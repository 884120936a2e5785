package io.metalimages.rack.provisioning;

import io.metalimages.rack.overlay.Prefix;
import java.net.InetAddress;
import java.util.List;

/**
 * What a firewall lets through, as an allocation says.
 *
 * @param protocol {@code TCP} or {@code UDP}
 * @param sources empty for any
 * @param destinations empty for any
 */
public record FirewallRule(String protocol, List<Integer> ports, List<Prefix> sources, List<Prefix> destinations) {

    public FirewallRule {
        ports = List.copyOf(ports);
        sources = List.copyOf(sources);
        destinations = List.copyOf(destinations);
    }

    public boolean isTcp() {
        return protocol.equalsIgnoreCase("tcp");
    }

    /** Whether the rule is for connections between these addresses. */
    public boolean covers(InetAddress source, InetAddress destination) {
        return covers(sources, source) && covers(destinations, destination);
    }

    private static boolean covers(List<Prefix> prefixes, InetAddress address) {
        return prefixes.isEmpty() || prefixes.stream().anyMatch(prefix -> prefix.contains(address));
    }
}
