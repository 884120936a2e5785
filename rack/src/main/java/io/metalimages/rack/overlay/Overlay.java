package io.metalimages.rack.overlay;

import java.net.Inet4Address;
import java.util.List;

/**
 * Networks that a fabric carries by VXLAN, for a firewall to stand between them.
 *
 * @param exit the address at which the tunnels to the exit end
 * @param leaves likewise, for each of the leaves
 * @param networks each with a VNI of its own, exactly one of them with the place {@link VirtualNetwork.Place#SERVICES}
 */
public record Overlay(Inet4Address exit, List<Inet4Address> leaves, List<VirtualNetwork> networks) {

    public Overlay {
        leaves = List.copyOf(leaves);
        networks = List.copyOf(networks);
    }

    /** The network by which a fabric's services are reached. */
    public VirtualNetwork internet() {
        return networks.stream()
                .filter(network -> network.place() == VirtualNetwork.Place.SERVICES)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("An overlay has one network with the services."));
    }
}
