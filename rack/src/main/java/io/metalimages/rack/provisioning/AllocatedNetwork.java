package io.metalimages.rack.provisioning;

import io.metalimages.rack.overlay.Prefix;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * A network as an allocation has it.
 *
 * @param type {@code privateprimaryunshared}, {@code external} and so on
 * @param asn 0 if it has none
 * @param vrf 0 if it has none; else the number of its VRF, which is its VNI, too
 * @param nat whether what leaves by it gets the firewall's address
 * @param addresses of the server, as they are written
 * @param prefixes which addresses are in it
 * @param destinations where it leads
 */
record AllocatedNetwork(
        String type,
        long asn,
        long vrf,
        boolean nat,
        List<String> addresses,
        List<Prefix> prefixes,
        List<Prefix> destinations) {

    AllocatedNetwork {
        addresses = List.copyOf(addresses);
        prefixes = List.copyOf(prefixes);
        destinations = List.copyOf(destinations);
    }

    boolean isPrimary() {
        return type.startsWith("privateprimary");
    }

    boolean isSecondaryShared() {
        return type.equals("privatesecondaryshared");
    }

    boolean isExternal() {
        return type.equals("external");
    }

    boolean isUnderlay() {
        return type.equals("underlay");
    }

    /** A super network is what others are cut from: no machine is in it. */
    boolean isSuper() {
        return type.startsWith("super");
    }

    /** From which BGP's router id is made. */
    Optional<String> addressFour() {
        return addresses.stream().filter(address -> !address.contains(":")).findFirst();
    }

    boolean leadsEverywhere() {
        return destinations.stream().anyMatch(Prefix::isDefaultRoute);
    }

    /** Whether this is a zone between the private network and the internet, which other firewalls share. */
    boolean isDemilitarized() {
        return isSecondaryShared() && leadsEverywhere();
    }

    boolean hasPrefixOf(InetAddress address) {
        return prefixes.stream().anyMatch(prefix -> prefix.contains(address));
    }

    List<String> hostPrefixes() {
        return addresses.stream()
                .map(address -> address + (address.contains(":") ? "/128" : "/32"))
                .toList();
    }
}
