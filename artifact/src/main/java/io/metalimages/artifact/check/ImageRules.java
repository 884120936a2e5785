package io.metalimages.artifact.check;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Findings;
import io.metalimages.artifact.tar.ImageTree;
import io.metalimages.artifact.tar.ShippedState;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules about what is in an image: that metal-hammer's untar gets through it, that the installer and the machine find
 * what they need, that nothing of the building machine is in it, and that nothing is lost unnoticed. Fed with the entries
 * of the tar, in order; where they come from makes no difference. Belongs to one thread.
 */
final class ImageRules implements TarScanner.Visitor {

    private static final String OS_RELEASE = "etc/os-release";
    private static final Set<String> OS_RELEASES = Set.of(OS_RELEASE, "usr/lib/os-release");

    /** The distributions that the installer knows. */
    private static final Set<String> DEBIAN_FAMILY = Set.of("debian", "ubuntu");

    private static final Set<String> RED_HAT_FAMILY = Set.of("almalinux", "centos");

    private static final String RESOLVER = "etc/resolv.conf";
    private static final Pattern NAME_SERVER = Pattern.compile("(?m)^[ \t]*nameserver[ \t]+(\\S+)");

    private static final String SYSTEM_MAP = "System.map-";
    private static final Pattern KERNEL_FILE =
            Pattern.compile("boot/(?:vmlinuz-|initrd\\.img-|initramfs-)(.+?)(?:\\.img)?");
    private static final Pattern BOOT_LINK = Pattern.compile("(?:boot/)?(?:vmlinuz|initrd)[^/]*");
    private static final String RESCUE = "rescue";
    private static final SortedMap<String, byte[]> NO_ATTRIBUTES = Collections.emptySortedMap();
    private static final int EXECUTABLE = 0111;

    private static final int LARGEST_SMALL_FILE = 64 << 10;

    /** Of all contents that are kept, in bytes. A Debian server has less than one MiB. */
    private static final int MOST_CONTENT = 32 << 20;

    /** Of the paths of directories that the tar leaves to be made by the way, in characters. */
    private static final int MOST_IMPLIED = 16 << 20;

    private final Findings findings;
    private final ImageTree tree = new ImageTree();

    /** The directories that were reported, and those in them. */
    private final Set<String> reportedState = new HashSet<>();

    private long impliedDirectories;
    private long keptContent;
    private Optional<OsRelease> system = Optional.empty();

    ImageRules(Findings findings) {
        this.findings = findings;
    }

    @Override
    public void breach(CheckCode code, String path, String detail) {
        findings.add(code, path.isEmpty() ? "img.tar" : path, detail);
    }

    @Override
    public boolean entry(TarEntry entry) {
        String path = entry.path();
        if (path.isEmpty() || !parentIsDirectory(path)) {
            return false;
        }
        Optional<ImageTree.Node> existing = tree.find(path);
        boolean bothDirectories = entry.type() == TarEntry.Type.DIRECTORY
                && existing.filter(ImageTree.Node::isDirectory).isPresent();
        if (existing.isPresent() && !bothDirectories) {
            findings.add(
                    CheckCode.DUPLICATE_ENTRY,
                    "/" + path,
                    "It comes as " + describe(existing.get().entry().type()) + ", then as " + describe(entry.type())
                            + ".");
            if (entry.type() != TarEntry.Type.FILE || !existing.get().isFile()) {
                return false;
            }
        }
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            return link(entry);
        }
        tree.add(entry);
        reportState(path, entry.type(), entry.size());
        return entry.type() == TarEntry.Type.FILE && isWanted(entry);
    }

    private boolean isWanted(TarEntry entry) {
        String path = entry.path();
        int largest = OS_RELEASES.contains(path) || path.equals(RESOLVER) || path.equals(FirstBoot.SELINUX)
                ? LARGEST_SMALL_FILE
                : PackageComparison.needs(path) ? PackageComparison.LARGEST : BurnLosses.largest(path);
        if (largest == 0) {
            return false;
        }
        if (entry.size() > largest) {
            tooLarge(path, "It has %,d bytes, and the most is %,d.".formatted(entry.size(), largest));
            return false;
        }
        if (keptContent + entry.size() > MOST_CONTENT) {
            tooLarge(path, "With those before it, it has more than " + (MOST_CONTENT >> 20) + " MiB.");
            return false;
        }
        keptContent += entry.size();
        return true;
    }

    private void tooLarge(String path, String detail) {
        findings.add(CheckCode.FILE_TOO_LARGE, "/" + path, detail);
    }

    private static String describe(TarEntry.Type type) {
        return switch (type) {
            case FILE -> "a file";
            case DIRECTORY -> "a directory";
            case HARD_LINK -> "a hard link";
            case SYMBOLIC_LINK -> "a symbolic link";
        };
    }

    private boolean link(TarEntry entry) {
        Optional<ImageTree.Node> target = tree.find(entry.linkTarget())
                .or(() -> tree.resolveParent(entry.linkTarget()).flatMap(tree::find))
                .filter(node -> !node.isDirectory());
        if (target.isEmpty()) {
            findings.add(
                    CheckCode.HARD_LINK_TARGET,
                    "/" + entry.path(),
                    "Its target /" + entry.linkTarget() + " has not come before.");
            return false;
        }
        tree.link(entry.path(), target.get());
        reportState(
                entry.path(), target.get().entry().type(), target.get().entry().size());
        return false;
    }

    @Override
    public void content(TarEntry entry, byte[] content) {
        Optional<Integer> longLine = BurnLosses.longLine(entry.path(), content);
        if (longLine.isPresent()) {
            tooLarge(entry.path(), "Line " + longLine.get() + " is too long.");
        } else if (content.length > 0) {
            tree.find(entry.path()).ifPresent(node -> node.keep(content));
        }
        if (entry.path().equals(RESOLVER)) {
            Matcher server = NAME_SERVER.matcher(new String(content, StandardCharsets.ISO_8859_1));
            if (server.find()) {
                findings.add(CheckCode.BUILDER_RESOLVER, "/" + RESOLVER, "It names " + server.group(1) + ".");
            }
        }
    }

    /** Also notes the directories that the tar leaves to be made by the way. */
    private boolean parentIsDirectory(String path) {
        int last = path.lastIndexOf('/');
        if (last < 0
                || tree.find(path.substring(0, last))
                        .filter(ImageTree.Node::isDirectory)
                        .isPresent()) {
            return true;
        }
        String above = tree.nearest(path);
        Optional<ImageTree.Node> node = tree.find(above);
        if (node.filter(ImageTree.Node::isSymbolicLink).isPresent()) {
            findings.add(
                    CheckCode.PATH_THROUGH_LINK,
                    "/" + path,
                    "/" + above + " is a link to " + node.get().entry().linkTarget() + ".");
            return false;
        }
        if (node.isPresent() && !node.get().isDirectory()) {
            findings.add(CheckCode.PARENT_NO_DIRECTORY, "/" + path, "/" + above + " is a file.");
            return false;
        }
        for (int slash = path.indexOf('/', above.length() + 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
            impliedDirectories += slash;
            if (impliedDirectories > MOST_IMPLIED) {
                findings.add(
                        CheckCode.TOO_MUCH_METADATA,
                        "/" + path,
                        "The directories that have no entries are more than " + (MOST_IMPLIED >> 20) + " MiB.");
                return false;
            }
            String parent = path.substring(0, slash);
            tree.add(new TarEntry(TarEntry.Type.DIRECTORY, parent, 0755, 0, 0, 0, 0, "", NO_ATTRIBUTES));
            reportState(parent, TarEntry.Type.DIRECTORY, 0);
        }
        return true;
    }

    /** Reports what should not ship; of a directory with all that is in it only the directory. */
    private void reportState(String path, TarEntry.Type type, long size) {
        int slash = path.lastIndexOf('/');
        String directory = slash < 0 ? "" : path.substring(0, slash);
        boolean reported = reportedState.contains(directory);
        Optional<ShippedState.Rule> rule =
                ShippedState.in(directory).ruleFor(path.substring(slash + 1), type == TarEntry.Type.FILE, size);
        boolean ships = rule.isEmpty() || (rule.get().fate() == ShippedState.Fate.EMPTIED && size == 0);
        if (type == TarEntry.Type.DIRECTORY && (reported || !ships)) {
            reportedState.add(path);
        }
        if (reported || ships) {
            return;
        }
        findings.add(
                rule.get().breach(),
                "/" + path,
                (rule.get().fate() == ShippedState.Fate.EMPTIED ? "It is not empty; it is " : "It is ")
                        + rule.get().reason() + ".");
    }

    /**
     * The tar is at its end: reports what an image lacks, and what the burn loses for good.
     *
     * @param packages the file that lists the packages
     * @return all that the burn loses
     */
    List<Loss> finish(Path packages) throws IOException {
        system = OsRelease.of(tree.open(OS_RELEASE)
                .map(node -> new String(node.content(), StandardCharsets.UTF_8))
                .orElse(""));
        checkOsRelease();
        checkKernel(system.map(OsRelease::id));
        checkBootLinks();
        if (tree.open("sbin/init").filter(ImageRules::isProgram).isEmpty()) {
            findings.add(CheckCode.INIT_MISSING, "/sbin/init", "It is not there, or cannot be run.");
        }
        checkInstaller();
        checkFirstBoot();
        PackageComparison.compare(tree, packages, findings);
        List<Loss> losses = BurnLosses.of(tree);
        losses.stream().filter(loss -> loss.restoredBy().isEmpty()).forEach(this::report);
        if (tree.exhausted()) {
            findings.add(CheckCode.TOO_COMPLEX, "/", "What is lost, and what comes back, is not known for all files.");
        }
        return losses;
    }

    private static boolean isProgram(ImageTree.Node node) {
        return node.isFile() && node.entry().size() > 0 && (node.entry().mode() & EXECUTABLE) != 0;
    }

    private void report(Loss loss) {
        CheckCode code = switch (loss.aspect()) {
            case OWNER -> CheckCode.OWNER_LOST;
            case MODE -> CheckCode.MODE_LOST;
            case CAPABILITY -> CheckCode.CAPABILITY_LOST;
            case ATTRIBUTE -> CheckCode.ATTRIBUTE_LOST;
        };
        findings.add(
                code,
                loss.path(),
                loss.burned().isEmpty()
                        ? "It has " + loss.value() + "."
                        : "It is " + loss.value() + ", and becomes " + loss.burned() + ".");
    }

    private void checkOsRelease() {
        if (system.isEmpty()) {
            findings.add(CheckCode.OS_RELEASE_MISSING, "/" + OS_RELEASE, "There is no line ID=.");
            return;
        }
        String id = system.get().id();
        if (!DEBIAN_FAMILY.contains(id) && !RED_HAT_FAMILY.contains(id)) {
            findings.add(CheckCode.OS_RELEASE_UNKNOWN, "/" + OS_RELEASE, "The ID is \"" + id + "\".");
        }
    }

    /** What {@link #finish} found the image to be. */
    Optional<OsRelease> system() {
        return system;
    }

    private void checkKernel(Optional<String> id) {
        List<String> versions = tree.in("boot").keySet().stream()
                .map(path -> path.substring("boot/".length()))
                .filter(name -> name.startsWith(SYSTEM_MAP))
                .map(name -> name.substring(SYSTEM_MAP.length()))
                .toList();
        if (versions.isEmpty()) {
            findings.add(CheckCode.KERNEL_MISSING, "/boot", "There is no System.map-VERSION.");
            return;
        }
        if (versions.size() > 1) {
            findings.add(CheckCode.SEVERAL_KERNELS, "/boot", "There are " + String.join(" and ", versions) + ".");
        }
        for (String version : versions) {
            requireFile("boot/vmlinuz-" + version, CheckCode.KERNEL_IMAGE_MISSING);
            requireFile(
                    id.filter(RED_HAT_FAMILY::contains).isPresent()
                            ? "boot/initramfs-" + version + ".img"
                            : "boot/initrd.img-" + version,
                    CheckCode.INITRAMFS_MISSING);
            String modules = "lib/modules/" + version;
            if (tree.open(modules + "/modules.dep")
                    .filter(ImageTree.Node::isFile)
                    .isEmpty()) {
                findings.add(CheckCode.MODULES_MISSING, "/" + modules, "There is no modules.dep in it.");
            }
        }
        for (String path : tree.in("boot").keySet()) {
            Matcher file = KERNEL_FILE.matcher(path);
            if (file.matches()
                    && !versions.contains(file.group(1))
                    && !file.group(1).contains(RESCUE)) {
                findings.add(
                        CheckCode.STRAY_KERNEL_FILE,
                        "/" + path,
                        "The kernel in the image is " + String.join(" and ", versions) + ".");
            }
        }
    }

    private void checkFirstBoot() {
        FirstBoot firstBoot = new FirstBoot(tree, findings);
        // Elsewhere the installer makes the boot loader.
        system.map(OsRelease::id).filter(RED_HAT_FAMILY::contains).ifPresent(firstBoot::checkSignedLoader);
        firstBoot.checkNetworkService();
        firstBoot.checkLabels();
    }

    private void requireFile(String path, CheckCode code) {
        Optional<ImageTree.Node> node = tree.find(path);
        if (node.isEmpty()) {
            findings.add(code, "/" + path, "There is no such file.");
        } else if (!node.get().isFile()) {
            findings.add(
                    code, "/" + path, "It is " + describe(node.get().entry().type()) + ".");
        } else if (node.get().entry().size() == 0) {
            findings.add(code, "/" + path, "It is empty.");
        }
    }

    private void checkBootLinks() {
        for (String directory : List.of("", "boot")) {
            tree.in(directory).forEach((path, node) -> {
                if (node.isSymbolicLink()
                        && BOOT_LINK.matcher(path).matches()
                        && tree.resolve(path).isEmpty()) {
                    findings.add(
                            CheckCode.BROKEN_BOOT_LINK,
                            "/" + path,
                            "It leads to " + node.entry().linkTarget() + ".");
                }
            });
        }
    }

    private void checkInstaller() {
        boolean present = false;
        for (String path : List.of("install-go", "install.sh")) {
            Optional<ImageTree.Node> node = tree.find(path);
            if (node.isPresent()) {
                present = true;
                if (tree.open(path).filter(ImageRules::isProgram).isEmpty()) {
                    findings.add(
                            CheckCode.INSTALLER_NOT_EXECUTABLE,
                            "/" + path,
                            "Its mode is %04o.".formatted(node.get().entry().mode()));
                }
            }
        }
        if (!present) {
            findings.add(CheckCode.INSTALLER_MISSING, "/install.sh", "There is no such file.");
        }
    }
}
