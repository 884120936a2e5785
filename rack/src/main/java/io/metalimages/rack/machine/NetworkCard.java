package io.metalimages.rack.machine;

import java.util.Map;

/** A network card of a machine. */
public sealed interface NetworkCard {

    /** Its hardware address, as six pairs of hexadecimal digits with colons. */
    String mac();

    /** A card whose other end is the tap {@code name} of the network that QEMU is started in. */
    record Tap(String name, String mac) implements NetworkCard {}

    /**
     * A card in a network that QEMU imitates: the machine has 10.0.2.15, and reaches this one as 10.0.2.2.
     *
     * @param forwards which port of 127.0.0.1 leads to which TCP port of the machine
     */
    record UserNetwork(String mac, Map<Integer, Integer> forwards) implements NetworkCard {
        public UserNetwork {
            forwards = Map.copyOf(forwards);
        }
    }
}
