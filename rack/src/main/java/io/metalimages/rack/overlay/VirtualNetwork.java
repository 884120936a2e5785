package io.metalimages.rack.overlay;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of an {@link Overlay}: a VNI, a VRF on each switch that has a part in it, and a host.
 *
 * @param vni its number, which on a firewall is its VRF's, too
 * @param place where its host is
 * @param hostAddresses those of the host; connections begin with the first one of their address family
 * @param unasked prefixes that the host's side announces as well, and that belong to no network of the allocation: no other
 *     network may get to know them
 */
public record VirtualNetwork(long vni, Place place, List<InetAddress> hostAddresses, List<Prefix> unasked) {

    /** Where a network's host is. */
    public enum Place {
        /** A server of its own, which is connected to both leaves. */
        LEAVES,
        /** The exit itself. */
        EXIT,
        /** The fabric's services: DNS, NTP, an internet, the operator. They have addresses of their own besides. */
        SERVICES
    }

    public VirtualNetwork {
        hostAddresses = List.copyOf(hostAddresses);
        unasked = List.copyOf(unasked);
    }

    /** What the switches announce of it by EVPN. */
    public List<Prefix> announced() {
        List<Prefix> announced = new ArrayList<>(unasked);
        hostAddresses.forEach(address -> announced.add(Prefix.of(address)));
        if (place == Place.SERVICES) {
            announced.add(Prefix.parse("0.0.0.0/0"));
            announced.add(Prefix.parse("::/0"));
        }
        return List.copyOf(announced);
    }

    /** The name of the namespace that is its VRF on a switch. */
    String vrf(String switchName) {
        return switchName + "-vrf" + vni;
    }
}
