package io.metalimages.supplychain.statement;

import io.metalimages.common.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an image was tested on, and with.
 *
 * @param role {@code machine} or {@code firewall}
 * @param layout of the disks
 * @param allocation what the server was told of its name and networks
 * @param userdata by its kind; empty if there was none
 * @param network {@code fabric} or {@code user}
 * @param burn how the image was unpacked: {@code metal-hammer} or {@code tar}
 * @param reboots how often the machine was to be rebooted from its disk and checked again
 * @param baseline whether the system was measured by published rules
 * @param acceleration how the machine's instructions were executed, and why so
 * @param hammer what provisioned the machine; empty if the test did not get so far
 * @param program the version of this program
 */
public record TestSetup(
        String role,
        Input layout,
        Input allocation,
        Optional<Input> userdata,
        String network,
        String burn,
        int reboots,
        boolean baseline,
        String acceleration,
        Optional<Hammer> hammer,
        String program) {

    /** What the user's own files are called: their paths are nobody's business. */
    public static final String OTHER = "other";

    private static final String METAL_HAMMER = "metal-hammer";
    private static final String FABRIC = "fabric";
    private static final String DEFAULT_LAYOUT = "default";
    private static final Set<String> ROLES = Set.of(TestProfile.MACHINE.label(), TestProfile.FIREWALL.label());

    /**
     * A file that the test was given.
     *
     * @param name what this repository calls it, or {@link #OTHER}
     */
    public record Input(String name, Digest content) {}

    /** The system that provisioned the machine, by its files. */
    public record Hammer(Digest kernel, Digest initramfs) {}

    /** The profile of a test with this setup. */
    public TestProfile profile() {
        if (!ROLES.contains(role) || !deviations().isEmpty()) {
            return TestProfile.PARTIAL;
        }
        return role.equals(TestProfile.FIREWALL.label()) ? TestProfile.FIREWALL : TestProfile.MACHINE;
    }

    /** What keeps this from being the setup of a full test, each in a few words. */
    List<String> deviations() {
        List<String> deviations = new ArrayList<>();
        requireEqual("burn", burn, METAL_HAMMER, deviations);
        requireEqual("network", network, FABRIC, deviations);
        requireEqual("layout", layout.name(), DEFAULT_LAYOUT, deviations);
        requireEqual("allocation", allocation.name(), role, deviations);
        if (userdata.isEmpty()) {
            deviations.add("no userdata");
        } else if (userdata.get().name().equals(OTHER)) {
            deviations.add("userdata of the user's own");
        }
        if (reboots < 1) {
            deviations.add("no reboot");
        }
        return deviations;
    }

    private static void requireEqual(String what, String is, String full, List<String> deviations) {
        if (!is.equals(full)) {
            deviations.add(what + " " + is + " instead of " + full);
        }
    }
}
