package io.metalimages.rack.provisioning;

import io.metalimages.rack.overlay.Overlay;
import io.metalimages.rack.overlay.Prefix;
import io.metalimages.rack.overlay.VirtualNetwork;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The networks that a firewall stands between: the overlay that a rack makes of them, and what the firewall has to make of it.
 *
 * <p>What it has to is said here a second time, from what metal-stack documents, and not taken from the installer: so each is
 * held against the other.
 */
final class FirewallNetworks {

    /** Of the exit and the two leaves. */
    private static final int TUNNEL_ENDS = 3;

    private final List<AllocatedNetwork> networks;
    private final AllocatedNetwork primary;
    private final AllocatedNetwork outside;
    private final Overlay overlay;

    /**
     * Plans an overlay.
     *
     * @param all the allocation's networks, the underlay included
     * @throws IllegalArgumentException if no rack can have them; the message is a sentence's end, "has …"
     */
    FirewallNetworks(List<AllocatedNetwork> all) {
        networks = all.stream().filter(network -> !network.isUnderlay()).toList();
        primary = networks.stream()
                .filter(AllocatedNetwork::isPrimary)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("has no network of type privateprimary…"));
        outside = networks.stream()
                .filter(network -> network.isExternal() && network.leadsEverywhere())
                .findFirst()
                .or(() -> networks.stream()
                        .filter(AllocatedNetwork::leadsEverywhere)
                        .findFirst())
                .filter(network -> !network.addresses().isEmpty())
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "has no network with an address and a default route, by which the rack would reach the firewall"));
        List<AllocatedNetwork> underlays =
                all.stream().filter(AllocatedNetwork::isUnderlay).toList();
        List<Inet4Address> ends = tunnelEnds(underlays);
        List<VirtualNetwork> virtual = new ArrayList<>();
        for (int i = 0; i < networks.size(); i++) {
            virtual.add(virtual(networks.get(i), i + 1));
        }
        overlay = new Overlay(ends.getFirst(), ends.subList(1, TUNNEL_ENDS), virtual);
    }

    /** The last addresses of the underlay that are not the firewall's. */
    private static List<Inet4Address> tunnelEnds(List<AllocatedNetwork> underlays) {
        List<Inet4Address> ends = new ArrayList<>();
        for (AllocatedNetwork underlay : underlays) {
            for (Prefix prefix : underlay.prefixes()) {
                for (int number = 1; prefix.isIpv4() && ends.size() < TUNNEL_ENDS; number++) {
                    InetAddress address = prefix.beforeLast(number);
                    if (!isTaken(address, underlay) && address instanceof Inet4Address end) {
                        ends.add(end);
                    }
                }
            }
        }
        if (ends.size() < TUNNEL_ENDS) {
            throw new IllegalArgumentException(
                    "has no underlay with an IPv4 prefix, in which tunnels to a switch could end");
        }
        return ends;
    }

    private static boolean isTaken(InetAddress address, AllocatedNetwork network) {
        return network.addresses().stream().map(InetAddress::ofLiteral).anyMatch(address::equals);
    }

    private VirtualNetwork virtual(AllocatedNetwork network, int number) {
        VirtualNetwork.Place place = place(network);
        List<InetAddress> hosts = new ArrayList<>();
        if (place != VirtualNetwork.Place.SERVICES) {
            network.prefixes().forEach(prefix -> free(prefix, network).ifPresent(hosts::add));
        }
        if (place == VirtualNetwork.Place.EXIT) {
            network.destinations().stream()
                    .filter(prefix -> !prefix.isDefaultRoute())
                    .forEach(prefix -> free(prefix, network).ifPresent(hosts::add));
        }
        if (network.equals(primary) && outside.isExternal()) {
            // As a machine has an address of the internet for itself. Those of other networks are their own hosts'.
            outside.prefixes().forEach(prefix -> free(prefix, outside).ifPresent(hosts::add));
        }
        return new VirtualNetwork(
                network.vrf(),
                place,
                hosts,
                List.of(Prefix.parse("198.18." + number + ".0/24"), Prefix.parse("2001:db8:ffff:" + number + "::/64")));
    }

    private VirtualNetwork.Place place(AllocatedNetwork network) {
        if (network.equals(outside)) {
            return VirtualNetwork.Place.SERVICES;
        }
        return network.isExternal() ? VirtualNetwork.Place.EXIT : VirtualNetwork.Place.LEAVES;
    }

    /** The last address that is not the firewall's; empty if there is none. */
    private static Optional<InetAddress> free(Prefix prefix, AllocatedNetwork network) {
        int number = Prefix.of(prefix.first()).equals(prefix) ? 0 : 1;
        InetAddress last = prefix.beforeLast(number);
        if (!isTaken(last, network)) {
            return Optional.of(last);
        }
        return prefix.length() >= Prefix.of(prefix.first()).length() - 1
                ? Optional.empty()
                : Optional.of(prefix.beforeLast(number + 1));
    }

    Overlay overlay() {
        return overlay;
    }

    VirtualNetwork privatePrimary() {
        return overlay.networks().get(networks.indexOf(primary));
    }

    /** The firewall's address in the network that leads everywhere. */
    String outsideAddress() {
        return outside.addresses().getFirst();
    }

    /** The name of that network's VRF. */
    String outsideName() {
        return "vrf" + outside.vrf();
    }

    /** Which address a connection has for a host in {@code network} when it comes from {@code source} in another one. */
    InetAddress translated(VirtualNetwork network, InetAddress source) {
        AllocatedNetwork leaving = networks.get(overlay.networks().indexOf(network));
        boolean isHidden = leaving.nat()
                && networks.stream()
                        .filter(candidate -> candidate.equals(primary) || candidate.isDemilitarized())
                        .anyMatch(candidate -> candidate.hasPrefixOf(source));
        return isHidden
                ? leaving.addresses().stream()
                        .map(InetAddress::ofLiteral)
                        .filter(address -> address instanceof Inet4Address == source instanceof Inet4Address)
                        .findFirst()
                        .orElse(source)
                : source;
    }

    /** All prefixes that the firewall has to announce to a network, and no other. */
    Set<Prefix> announcedTo(VirtualNetwork network) {
        AllocatedNetwork into = networks.get(overlay.networks().indexOf(network));
        Set<Prefix> announced = new HashSet<>(own(into));
        for (int i = 0; i < networks.size(); i++) {
            AllocatedNetwork source = networks.get(i);
            if (!source.equals(into)) {
                Set<Prefix> known = new HashSet<>(own(source));
                known.addAll(overlay.networks().get(i).announced());
                known.stream()
                        .filter(prefix -> isImported(prefix, source, into))
                        .forEach(announced::add);
            }
        }
        return Set.copyOf(announced);
    }

    private static List<Prefix> own(AllocatedNetwork network) {
        return network.hostPrefixes().stream().map(Prefix::parse).toList();
    }

    private boolean isImported(Prefix prefix, AllocatedNetwork source, AllocatedNetwork into) {
        if (into.equals(primary)) {
            return isImportedByPrimary(prefix, source);
        }
        if (into.isSecondaryShared()) {
            if (source.equals(primary)) {
                return matches(prefix, primary.prefixes()) || matches(prefix, into.prefixes());
            }
            List<Prefix> common = into.destinations().stream()
                    .filter(source.destinations()::contains)
                    .toList();
            return source.isExternal()
                    && !common.isEmpty()
                    && (matches(prefix, common) || matches(prefix, source.prefixes()));
        }
        // Private addresses are known to an external network's VRF for the way back, and are not announced by it.
        return into.isExternal()
                && source.equals(primary)
                && matches(prefix, into.prefixes())
                && !matches(prefix, primary.prefixes());
    }

    private boolean isImportedByPrimary(Prefix prefix, AllocatedNetwork source) {
        boolean isAddressOutside = source.equals(outside) && own(source).contains(prefix);
        if (source.isExternal()) {
            return !isAddressOutside && (matches(prefix, source.destinations()) || matches(prefix, source.prefixes()));
        }
        if (!source.isSecondaryShared() || isAddressOutside) {
            return false;
        }
        // Where an external network leads as well, its way is the one.
        List<Prefix> ownDestinations = source.destinations().stream()
                .filter(destination -> networks.stream()
                        .noneMatch(other ->
                                other.isExternal() && other.destinations().contains(destination)))
                .toList();
        return matches(prefix, source.prefixes()) || matches(prefix, ownDestinations);
    }

    /** A default route stands for itself, any other prefix for all that is in it. */
    private static boolean matches(Prefix prefix, List<Prefix> ranges) {
        return ranges.stream()
                .anyMatch(range -> range.isDefaultRoute() ? range.equals(prefix) : range.contains(prefix));
    }
}
