package io.metalimages.rack.provisioning;

import io.metalimages.rack.network.Port;
import java.time.Instant;
import java.util.List;

/**
 * What the rack decides of a machine, and an {@link Allocation} therefore leaves open.
 *
 * @param publicKeys lines of {@code authorized_keys}
 * @param password of the user metal, for the console and for sudo
 * @param raid whether the root file system is on a RAID
 * @param ports the network cards that lead to a switch: lan0, lan1
 * @param dnsServers addresses
 * @param ntpServers addresses
 */
public record MachineFacts(
        String machineUuid,
        List<String> publicKeys,
        String password,
        Console console,
        Instant timestamp,
        boolean raid,
        List<Port> ports,
        List<String> dnsServers,
        List<String> ntpServers) {

    /**
     * A serial console.
     *
     * @param unit 0 for {@code ttyS0}
     * @param speed in baud
     */
    public record Console(int unit, int speed) {

        String device() {
            return "ttyS" + unit;
        }

        /** As the kernel and {@code install.yaml} have it: {@code ttyS1,115200n8}. */
        @Override
        public String toString() {
            return device() + "," + speed + "n8";
        }
    }
}
