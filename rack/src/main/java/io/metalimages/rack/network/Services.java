package io.metalimages.rack.network;

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
record Services(
        NetworkNamespace namespace,
        List<InetAddress> addresses,
        InetAddress internet,
        InetAddress internetSix,
        String internetName,
        String page) {

    Services {
        addresses = List.copyOf(addresses);
    }
}
