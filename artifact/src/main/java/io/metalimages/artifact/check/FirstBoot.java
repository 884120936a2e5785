package io.metalimages.artifact.check;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Findings;
import io.metalimages.artifact.tar.ImageTree;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the first boot of a machine comes to grief over, though kernel and init are there: no boot loader where the installer
 * makes none, no network, and SELinux that asks for labels.
 */
final class FirstBoot {

    static final String SELINUX = "etc/selinux/config";

    private static final String RELABEL = ".autorelabel";
    private static final Pattern ENFORCING = Pattern.compile("(?m)^[ \t]*SELINUX=[ \t]*enforcing\\b");

    private static final String LOADERS = "boot/efi/EFI";

    private static final String SYSTEMD = "lib/systemd/systemd";
    private static final String UNITS = "lib/systemd/system";
    private static final String NETWORK_SERVICE = "systemd-networkd.service";
    private static final String MACHINE_UNITS = "etc/systemd/system";
    private static final Pattern ENABLING =
            Pattern.compile(".*\\.(?:wants|requires)/" + Pattern.quote(NETWORK_SERVICE));

    private final ImageTree tree;
    private final Findings findings;

    FirstBoot(ImageTree tree, Findings findings) {
        this.tree = tree;
        this.findings = findings;
    }

    /**
     * The signed boot loader, as its packages put it onto what becomes the EFI partition.
     *
     * @param directory below {@code EFI}, in which the distribution's files are
     */
    void checkSignedLoader(String directory) {
        requireLoader("BOOT", "BOOT[A-Z0-9]+\\.EFI", "no loader that the firmware finds by itself (BOOTX64.EFI)");
        requireLoader(directory, "shim[a-z0-9]+\\.efi", "no shim (shimx64.efi)");
        requireLoader(directory, "grub[a-z0-9]+\\.efi", "no GRUB (grubx64.efi)");
    }

    private void requireLoader(String directory, String name, String missing) {
        Pattern path = Pattern.compile(Pattern.quote(LOADERS + "/" + directory + "/") + name);
        boolean present = tree.in(LOADERS + "/" + directory).entrySet().stream()
                .anyMatch(file -> path.matcher(file.getKey()).matches()
                        && file.getValue().isFile()
                        && file.getValue().entry().size() > 0);
        if (!present) {
            findings.add(CheckCode.BOOT_LOADER_MISSING, "/" + LOADERS + "/" + directory, "There is " + missing + ".");
        }
    }

    /** Whether the service starts that the installer writes files for. Of images with another init nothing is known. */
    void checkNetworkService() {
        if (tree.open(SYSTEMD).isEmpty()) {
            return;
        }
        String unit = UNITS + "/" + NETWORK_SERVICE;
        String override = MACHINE_UNITS + "/" + NETWORK_SERVICE;
        if (tree.find(override).filter(FirstBoot::isMask).isPresent()) {
            findings.add(CheckCode.NETWORK_OFF, "/" + override, "It is masked.");
        } else if (tree.open(unit).isEmpty() && tree.open(override).isEmpty()) {
            findings.add(CheckCode.NETWORK_OFF, "/" + unit, "There is no such file.");
        } else if (Stream.of(MACHINE_UNITS, "usr/" + UNITS, UNITS)
                .flatMap(directory -> tree.below(directory).keySet().stream())
                .noneMatch(path -> ENABLING.matcher(path).matches())) {
            findings.add(CheckCode.NETWORK_OFF, "/" + unit, "It is not enabled.");
        }
    }

    private static boolean isMask(ImageTree.Node unit) {
        return unit.isSymbolicLink() && unit.entry().linkTarget().equals("/dev/null");
    }

    /** The machine has no labels on its disk, and is not to spend its first boot on making them. */
    void checkLabels() {
        if (tree.open(SELINUX)
                .filter(node -> ENFORCING
                        .matcher(new String(node.content(), StandardCharsets.ISO_8859_1))
                        .find())
                .isPresent()) {
            findings.add(CheckCode.LABELS_WANTED, "/" + SELINUX, "It says enforcing.");
        }
        if (tree.find(RELABEL).isPresent()) {
            findings.add(
                    CheckCode.LABELS_WANTED, "/" + RELABEL, "It has all files labelled, and the machine restarted.");
        }
    }
}
