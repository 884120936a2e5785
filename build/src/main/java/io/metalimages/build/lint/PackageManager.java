package io.metalimages.build.lint;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Programs that install packages: what they are told, and what they leave. */
enum PackageManager {
    APT,
    DNF,
    ZYPPER,
    APK;

    static Optional<PackageManager> of(ShellCommand command) {
        return Arrays.stream(values())
                .filter(manager -> manager.programs().contains(command.program()))
                .findFirst();
    }

    private List<String> programs() {
        return switch (this) {
            case APT -> List.of("apt-get", "apt", "aptitude");
            case DNF -> List.of("dnf", "yum", "microdnf", "tdnf");
            case ZYPPER -> List.of("zypper");
            case APK -> List.of("apk");
        };
    }

    /** Where it keeps what it has fetched. */
    List<String> caches() {
        return switch (this) {
            case APT -> List.of("/var/lib/apt/lists");
            case DNF -> List.of("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5");
            case ZYPPER -> List.of("/var/cache/zypp");
            case APK -> List.of("/var/cache/apk", "/etc/apk/cache");
        };
    }

    /** Whether the command, which is one of this manager, fills its caches. */
    boolean fillsCache(ShellCommand command) {
        return switch (this) {
            case APT -> command.does("update");
            case DNF -> command.does("install", "update", "upgrade", "makecache", "groupinstall", "reinstall");
            case ZYPPER ->
                command.does("install", "in", "update", "up", "refresh", "ref") && !command.has("--no-refresh");
            case APK -> command.does("add", "update", "upgrade") && !command.has("--no-cache");
        };
    }

    /** Whether the command, which is one of this manager, empties them. {@code apt-get clean} leaves apt's lists. */
    boolean emptiesCache(ShellCommand command) {
        return switch (this) {
            case APT -> false;
            case DNF, ZYPPER -> command.does("clean");
            case APK -> command.has("clean");
        };
    }

    /** The packages that the command, which is one of this manager, names; empty if it installs none. */
    List<String> installed(ShellCommand command) {
        String[] words = this == APK
                ? new String[] {"add"}
                : new String[] {"install", "in", "groupinstall", "dist-upgrade", "full-upgrade", "upgrade"};
        return Arrays.stream(words).anyMatch(command::has) ? command.operands(words) : List.of();
    }
}
