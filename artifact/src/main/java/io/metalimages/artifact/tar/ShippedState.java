package io.metalimages.artifact.tar;

import static io.metalimages.artifact.tar.ShippedState.Fate.EMPTIED;
import static io.metalimages.artifact.tar.ShippedState.Fate.LEFT_OUT;
import static io.metalimages.artifact.tar.ShippedState.Fate.SHIPPED;
import static io.metalimages.artifact.tar.ShippedState.Kind.ANYTHING;
import static io.metalimages.artifact.tar.ShippedState.Kind.EMPTY_FILES;
import static io.metalimages.artifact.tar.ShippedState.Kind.FILES;

import io.metalimages.artifact.CheckCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which files of a built tree are not part of the image, because they are state of the machine or of the moment of the
 * build: one table, with the reason for each rule.
 *
 * <p>A file that matches no rule is shipped. A directory that is left out is left out with everything in it.
 */
public final class ShippedState {

    /** What becomes of a file. */
    public enum Fate {
        SHIPPED,
        LEFT_OUT,
        /** Shipped without its content. */
        EMPTIED
    }

    /** What a rule is about. */
    enum Kind {
        ANYTHING,
        /** Regular files. */
        FILES,
        /** Regular files without content. */
        EMPTY_FILES
    }

    /**
     * One rule.
     *
     * @param directory the directory that it is about, not those below; no slashes around it, empty for the root
     * @param name the names in it; one {@code *} stands for any characters
     * @param kind what it must be
     * @param fate what becomes of it
     * @param reason why
     */
    public record Rule(String directory, String name, Kind kind, Fate fate, String reason) {

        /** What a check says of an image that ships such a file nevertheless. */
        public CheckCode breach() {
            return switch (directory) {
                case "dev", "proc", "sys", "tmp", "run" -> CheckCode.NOT_SHIPPABLE;
                case "" -> CheckCode.CONTAINER_MARK;
                default -> reason.startsWith(HOST_IDENTITY) ? CheckCode.MACHINE_STATE : CheckCode.BUILD_LEFTOVER;
            };
        }

        private boolean matches(String candidate) {
            int star = name.indexOf('*');
            return star < 0
                    ? candidate.equals(name)
                    : candidate.length() >= name.length() - 1
                            && candidate.startsWith(name.substring(0, star))
                            && candidate.endsWith(name.substring(star + 1));
        }
    }

    private static final String MOUNTED_OVER = "a machine mounts a file system over it before the image is unpacked";
    private static final String HOST_IDENTITY = "an identity that every machine must make for itself";
    private static final String ENGINE_STUB = "a container engine's empty mount point, not the image's file";
    private static final String APT_CACHE = "apt makes it again; differs from build to build";
    private static final String BACKUP =
            "the previous state of a database; differs with the order of the build's steps";
    private static final String BUILD_LOG = "tells about the build, with its times, not about the machine";
    private static final String CACHE = "made again when needed; holds times of the build";

    /** All rules; the first that matches decides. */
    static final List<Rule> RULES = List.of(
            new Rule("dev", "*", ANYTHING, LEFT_OUT, MOUNTED_OVER),
            new Rule("proc", "*", ANYTHING, LEFT_OUT, MOUNTED_OVER),
            new Rule("sys", "*", ANYTHING, LEFT_OUT, MOUNTED_OVER),
            new Rule("tmp", "*", ANYTHING, LEFT_OUT, MOUNTED_OVER),
            new Rule("run", "*", ANYTHING, LEFT_OUT, "lives in memory on a running machine"),
            new Rule("var/tmp", "*", ANYTHING, LEFT_OUT, "what the build's programs left behind"),
            new Rule("", ".dockerenv", ANYTHING, LEFT_OUT, "makes programs believe that they run in a container"),
            new Rule("etc", "machine-id", FILES, EMPTIED, HOST_IDENTITY + "; systemd does where the file is empty"),
            new Rule("var/lib/dbus", "machine-id", FILES, LEFT_OUT, HOST_IDENTITY + "; D-Bus takes systemd's"),
            new Rule("etc/ssh", "ssh_host_*", ANYTHING, LEFT_OUT, HOST_IDENTITY + ", and a secret"),
            new Rule("etc/nvme", "hostid", ANYTHING, LEFT_OUT, HOST_IDENTITY),
            new Rule("etc/nvme", "hostnqn", ANYTHING, LEFT_OUT, HOST_IDENTITY),
            new Rule("var/lib/systemd", "random-seed", ANYTHING, LEFT_OUT, HOST_IDENTITY + ", and a secret"),
            new Rule("var/lib/systemd", "credential.secret", ANYTHING, LEFT_OUT, HOST_IDENTITY + ", and a secret"),
            new Rule("var/lib/systemd/timers", "*", FILES, LEFT_OUT, "when the build's timers ran last"),
            new Rule("etc", "hostname", EMPTY_FILES, LEFT_OUT, ENGINE_STUB),
            new Rule("etc", "hosts", EMPTY_FILES, LEFT_OUT, ENGINE_STUB),
            new Rule("etc", "resolv.conf", EMPTY_FILES, LEFT_OUT, ENGINE_STUB),
            new Rule("etc", "passwd-", FILES, LEFT_OUT, BACKUP),
            new Rule("etc", "group-", FILES, LEFT_OUT, BACKUP),
            new Rule("etc", "shadow-", FILES, LEFT_OUT, BACKUP),
            new Rule("etc", "gshadow-", FILES, LEFT_OUT, BACKUP),
            new Rule("etc", "subuid-", FILES, LEFT_OUT, BACKUP),
            new Rule("etc", "subgid-", FILES, LEFT_OUT, BACKUP),
            new Rule("var/lib/dpkg", "*-old", FILES, LEFT_OUT, BACKUP),
            new Rule("var/cache/debconf", "*-old", FILES, LEFT_OUT, BACKUP),
            new Rule("var/cache/apt", "*.bin", FILES, LEFT_OUT, APT_CACHE),
            new Rule("var/cache/apt/archives", "*.deb", FILES, LEFT_OUT, APT_CACHE),
            new Rule("var/cache/apt/archives/partial", "*", FILES, LEFT_OUT, APT_CACHE),
            new Rule("var/lib/apt/lists", "*", FILES, LEFT_OUT, APT_CACHE),
            new Rule("var/lib/apt/lists/partial", "*", FILES, LEFT_OUT, APT_CACHE),
            new Rule("var/lib/apt/lists/auxfiles", "*", FILES, LEFT_OUT, APT_CACHE),
            new Rule("var/cache/dnf", "*", ANYTHING, LEFT_OUT, "dnf makes it again; differs from build to build"),
            new Rule("var/cache/ldconfig", "aux-cache", FILES, LEFT_OUT, CACHE),
            new Rule("var/cache/man", "*", ANYTHING, LEFT_OUT, CACHE),
            new Rule("var/log", "*.log", FILES, LEFT_OUT, BUILD_LOG),
            new Rule("var/log", "dmesg", FILES, LEFT_OUT, BUILD_LOG),
            new Rule("var/log/apt", "*", FILES, LEFT_OUT, BUILD_LOG),
            new Rule("var/log/journal", "*", ANYTHING, LEFT_OUT, BUILD_LOG),
            new Rule("var/log", "faillog", FILES, EMPTIED, BUILD_LOG),
            new Rule("var/log", "lastlog", FILES, EMPTIED, BUILD_LOG),
            new Rule("var/log", "wtmp", FILES, EMPTIED, BUILD_LOG),
            new Rule("var/log", "btmp", FILES, EMPTIED, BUILD_LOG));

    private static final Map<String, List<Rule>> BY_DIRECTORY =
            RULES.stream().collect(Collectors.groupingBy(Rule::directory));

    private ShippedState() {}

    /** The rules about the files in {@code directory}, which are asked one by one. */
    public static InDirectory in(String directory) {
        return new InDirectory(BY_DIRECTORY.getOrDefault(directory, List.of()));
    }

    /** The rules of one directory. */
    public record InDirectory(List<Rule> rules) {

        /** What becomes of the file {@code name}; {@code size} is looked at if it is a regular file. */
        Fate fateOf(String name, boolean regularFile, long size) {
            return ruleFor(name, regularFile, size).map(Rule::fate).orElse(SHIPPED);
        }

        /** The rule that decides about the file {@code name}, if there is one. */
        public Optional<Rule> ruleFor(String name, boolean regularFile, long size) {
            for (Rule rule : rules) {
                boolean kindMatches = switch (rule.kind()) {
                    case ANYTHING -> true;
                    case FILES -> regularFile;
                    case EMPTY_FILES -> regularFile && size == 0;
                };
                if (kindMatches && rule.matches(name)) {
                    return Optional.of(rule);
                }
            }
            return Optional.empty();
        }
    }
}
