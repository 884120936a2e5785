package io.metalimages.rack.network;

import io.metalimages.rack.sandbox.NetworkNamespace;

/**
 * A leaf switch, with one port for the machine.
 *
 * @param name {@code leaf1} or {@code leaf2}
 * @param number its autonomous system
 * @param routerId an IPv4 address of its own
 * @param namespace where its ports are. The machine reaches what listens there on the address {@link LeafSwitch#PROVISIONING}
 * @param portMac the address of its port to the machine
 * @param tap the network device, in the sandbox's first network namespace, that QEMU connects the machine's card to
 * @param mac the card's address
 */
public record Leaf(
        String name,
        long number,
        String routerId,
        NetworkNamespace namespace,
        String portMac,
        String tap,
        String mac) {}
