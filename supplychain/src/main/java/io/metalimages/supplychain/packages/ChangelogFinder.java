package io.metalimages.supplychain.packages;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.zip.ZipException;

/**
 * Finds the changelog of a source package in a tree: any of the packages that were built from it may have it, see chapter
 * 12.7 of Debian's policy. A package's directory may be a symbolic link to another's.
 *
 * <p>Thread-safe.
 *
 * @param since how far back is told
 */
record ChangelogFinder(Path root, Instant since) {

    /** In packages without a Debian revision the last two are Debian's, in others they may be their upstream's. */
    private static final List<String> NAMES =
            List.of("changelog.Debian.gz", "changelog.Debian", "changelog.gz", "changelog");

    /** What is known of a source package from the first of its changelogs that can be read. */
    SecurityUpdates.SourcePackage tell(InstalledPackage.Source source, SortedMap<String, String> packages) {
        Optional<String> flaw = Optional.empty();
        for (String name : packages.keySet()) {
            for (String file : NAMES) {
                String path = "usr/share/doc/" + name + "/" + file;
                try {
                    Optional<TreeFile> changelog = TreeFile.find(root, path);
                    if (changelog.isPresent()) {
                        return new SecurityUpdates.SourcePackage(
                                source.name(), source.version(), packages, read(changelog.get()), Optional.empty());
                    }
                } catch (IOException | DebianChangelog.MalformedException e) {
                    flaw = flaw.or(() -> Optional.of("/" + path + " is no proper changelog: " + reason(e)));
                }
            }
        }
        return new SecurityUpdates.SourcePackage(
                source.name(),
                source.version(),
                packages,
                List.of(),
                flaw.or(() -> Optional.of("the image has no changelog of it")));
    }

    private List<SecurityUpdates.Update> read(TreeFile changelog)
            throws IOException, DebianChangelog.MalformedException {
        try (InputStream input = changelog.open()) {
            return DebianChangelog.read(input, since);
        }
    }

    /** Messages of the system name a path of this machine. */
    private static String reason(Exception trouble) {
        return switch (trouble) {
            case DebianChangelog.MalformedException malformed -> String.valueOf(malformed.getMessage());
            case ZipException damaged -> "its compression is damaged";
            case EOFException shortened -> "it is cut off";
            default -> "it cannot be read";
        };
    }
}
