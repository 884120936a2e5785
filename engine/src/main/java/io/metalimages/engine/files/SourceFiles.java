package io.metalimages.engine.files;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.RootedPath;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files that a copy takes from a directory: what its source patterns name, in a fixed order, with the digest of
 * everything that the copy would carry over.
 */
public final class SourceFiles {

    private static final Pattern WILDCARD = Pattern.compile("[*?\\[\\\\]");

    private SourceFiles() {}

    /**
     * One match of a source pattern.
     *
     * @param path on this machine, symbolic links followed
     * @param name the last component of the path as it was named
     * @param directory whether its content is meant
     */
    public record Match(Path path, String name, boolean directory) {}

    /**
     * What the patterns name below {@code root}.
     *
     * @param what the user's word for {@code root}, for messages
     * @throws FaultException if a pattern names nothing
     */
    public static List<Match> find(Path root, PathFilter filter, List<String> patterns, String what, String location)
            throws IOException {
        List<Match> matches = new ArrayList<>();
        for (String pattern : patterns) {
            String relative = relative(pattern);
            List<Match> found =
                    WILDCARD.matcher(relative).find() ? glob(root, filter, relative) : literal(root, filter, relative);
            if (found.isEmpty()) {
                throw FaultException.wrongInput(
                        location + ": there is no " + pattern + " in " + what + ".", nextStep(root, filter, relative));
            }
            matches.addAll(found);
        }
        return matches;
    }

    private static String nextStep(Path root, PathFilter filter, String relative) throws IOException {
        if (Files.exists(RootedPath.resolve(root, relative)) && !filter.includes(relative)) {
            return "The file is there, but .dockerignore leaves it out.";
        }
        return "Check the path; it is relative to that directory, whatever the destination.";
    }

    private static String relative(String pattern) {
        String normalized = Path.of("/").resolve(pattern).normalize().toString();
        return normalized.substring(1);
    }

    private static List<Match> literal(Path root, PathFilter filter, String relative) throws IOException {
        Path path = RootedPath.resolve(root, relative);
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        boolean directory = Files.isDirectory(path);
        if (directory ? !(filter.includes(relative) || filter.enters(relative)) : !filter.includes(relative)) {
            return List.of();
        }
        return List.of(
                new Match(path, Path.of("/" + relative).getFileName() == null ? "" : lastName(relative), directory));
    }

    private static String lastName(String relative) {
        return relative.substring(relative.lastIndexOf('/') + 1);
    }

    private static List<Match> glob(Path root, PathFilter filter, String relative) throws IOException {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + asGlob(relative));
        int depth = Path.of(relative).getNameCount();
        List<Match> matches = new ArrayList<>();
        try (Stream<Path> candidates = Files.walk(root, depth)) {
            for (Path candidate : candidates.sorted().toList()) {
                Path below = root.relativize(candidate);
                if (below.getNameCount() == depth && matcher.matches(below)) {
                    matches.addAll(literal(root, filter, below.toString()));
                }
            }
        }
        return matches;
    }

    /** From the wildcards of Go's {@code filepath.Match} to the JDK's. */
    private static String asGlob(String pattern) {
        return pattern.replace("{", "\\{").replace("}", "\\}").replace("[^", "[!");
    }

    /**
     * What a copy of {@code matches} would carry over, by the path that it is known by: type, mode, owner, content.
     *
     * @param withOwner whether the copy keeps the owner
     */
    public static SortedMap<String, String> fingerprints(
            Path root, PathFilter filter, List<Match> matches, boolean withOwner) throws IOException {
        SortedMap<String, String> fingerprints = new TreeMap<>();
        for (Match match : matches) {
            walk(root, filter, match.path(), (path, relative) -> {
                fingerprints.put(relative, fingerprint(path, withOwner));
            });
        }
        return fingerprints;
    }

    /** Takes a file of a walk: where it is, and its path relative to the root. */
    @FunctionalInterface
    interface Visitor {
        void visit(Path path, String relative) throws IOException;
    }

    /** Visits {@code start} and what the filter includes below it, directories before their content, in no order. */
    static void walk(Path root, PathFilter filter, Path start, Visitor visitor) throws IOException {
        Files.walkFileTree(start, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                String relative = root.relativize(directory).toString();
                if (!directory.equals(start) && !filter.includes(relative)) {
                    return filter.enters(relative) ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
                }
                visitor.visit(directory, relative);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String relative = root.relativize(file).toString();
                if (file.equals(start) || filter.includes(relative)) {
                    visitor.visit(file, relative);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static String fingerprint(Path path, boolean withOwner) throws IOException {
        FileStatus status = FileStatus.of(path);
        StringBuilder fingerprint = new StringBuilder(Integer.toOctalString(status.mode())).append(' ');
        if (withOwner) {
            fingerprint.append(status.user()).append(':').append(status.group()).append(' ');
        }
        if (Files.isSymbolicLink(path)) {
            fingerprint.append("-> ").append(Files.readSymbolicLink(path));
        } else if (status.isRegularFile()) {
            fingerprint.append(Digest.ofFile(path));
        }
        for (Map.Entry<String, byte[]> attribute : copiedAttributes(path).entrySet()) {
            fingerprint.append(' ').append(attribute.getKey()).append('=');
            fingerprint.append(HexFormat.of().formatHex(attribute.getValue()));
        }
        return fingerprint.toString();
    }

    /** The extended attributes that belong to the file, not to the overlay that it lies on. */
    static SortedMap<String, byte[]> copiedAttributes(Path path) throws IOException {
        SortedMap<String, byte[]> attributes = new TreeMap<>(ExtendedAttributes.read(path));
        attributes.keySet().removeIf(name -> name.startsWith("trusted.overlay.") || name.startsWith("user.overlay."));
        return attributes;
    }
}
