package io.metalimages.rack.overlay;

import io.metalimages.rack.sandbox.NetworkNamespace;
import java.net.InetAddress;
import java.util.List;

/**
 * What serves behind an overlay's exit.
 *
 * @param namespace becomes the exit's VRF of {@link Overlay#internet}
 * @param addresses connections from there begin with the first one
 * @param internet the IPv4 address, which is one of them, of the HTTPS server that stands for the internet
 * @param internetSix its IPv6 address, likewise
 * @param internetName what clients call that server
 * @param page what it has at {@code /}
 */
public record Services(
        NetworkNamespace namespace,
        List<InetAddress> addresses,
        InetAddress internet,
        InetAddress internetSix,
        String internetName,
        String page) {

    public Services {
        addresses = List.copyOf(addresses);
    }
}
