package io.metalimages.engine.files;

import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.OverlayFormat;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A directory that files are taken from: what source patterns name in it, in a fixed order, with the digest of everything
 * that a copy would carry over. Nothing outside of it is ever opened, wherever its links lead. Thread-safe.
 */
public final class SourceFiles implements AutoCloseable {

    /** Directories one in the other. Each takes a file descriptor here and one at the copy. */
    private static final int DEEPEST = 1_000;

    private static final char REPLACEMENT = '\uFFFD';

    private static final Pattern WILDCARD = Pattern.compile("(?:[^*?\\[\\\\]|\\\\.)*[*?\\[].*", Pattern.DOTALL);

    private final RootDirectory root;
    private final PathFilter filter;
    private final String name;
    private final boolean withOwner;

    private SourceFiles(RootDirectory root, PathFilter filter, String name, boolean withOwner) {
        this.root = root;
        this.filter = filter;
        this.name = name;
        this.withOwner = withOwner;
    }

    /**
     * Opens a directory of this machine, whose own path is trusted.
     *
     * @param name the user's word for it, for messages
     * @param withOwner whether the owners of the files mean something outside this machine
     */
    public static SourceFiles open(Path directory, PathFilter filter, String name, boolean withOwner)
            throws IOException {
        return new SourceFiles(RootDirectory.open(directory), filter, name, withOwner);
    }

    /**
     * One match of a source pattern.
     *
     * @param names where it is below the root, symbolic links followed
     * @param name the last component of the path as it was named
     * @param directory whether its content is meant
     */
    public record Match(List<String> names, String name, boolean directory) {

        public Match {
            names = List.copyOf(names);
        }

        /** Relative to the root, with slashes. */
        public String path() {
            return String.join("/", names);
        }

        /** Different for matches that a copy treats in different ways. */
        public String described() {
            return asText(name + " -> " + path());
        }
    }

    boolean withOwner() {
        return withOwner;
    }

    /** Everything. */
    Match everything() {
        return new Match(List.of(), "", true);
    }

    /**
     * What the patterns name. A pattern with wildcards may name nothing.
     *
     * @throws FaultException if a path without wildcards names nothing, or if a pattern is malformed
     */
    public List<Match> find(List<String> patterns, String location) throws IOException {
        List<Match> matches = new ArrayList<>();
        for (String pattern : patterns) {
            String relative = normalized(pattern);
            if (WILDCARD.matcher(relative).matches()) {
                matches.addAll(glob(relative, pattern, location));
            } else {
                matches.add(findExactly(pattern, location));
            }
        }
        return matches;
    }

    /**
     * What {@code path} names, in which no character is a wildcard.
     *
     * @throws FaultException if there is nothing
     */
    public Match findExactly(String path, String location) throws IOException {
        String relative = normalized(path);
        List<Match> found = literal(relative);
        if (found.isEmpty()) {
            throw missing(path, relative, location);
        }
        return found.getFirst();
    }

    private FaultException missing(String pattern, String relative, String location) throws IOException {
        boolean leftOut = !filter.includes(relative) && located(relative).isPresent();
        return FaultException.wrongInput(
                location + ": there is no " + pattern + " in " + name + ".",
                leftOut
                        ? "The file is there, but .dockerignore leaves it out."
                        : "Check the path; it is relative to that directory, whatever the destination.");
    }

    private static String normalized(String path) {
        Deque<String> names = new ArrayDeque<>();
        for (String component : path.split("/")) {
            if (component.equals("..")) {
                names.pollLast();
            } else if (!component.isEmpty() && !component.equals(".")) {
                names.add(component);
            }
        }
        return String.join("/", names);
    }

    private List<Match> literal(String relative) throws IOException {
        Optional<RootDirectory.Location> location = located(relative);
        if (location.isEmpty()) {
            return List.of();
        }
        String path = String.join("/", location.get().names());
        Optional<OpenedFile> found = root.find(relative);
        if (found.isEmpty()) {
            return List.of();
        }
        try (OpenedFile file = found.get()) {
            boolean directory = file.status().isDirectory();
            Match match =
                    new Match(location.get().names(), relative.substring(relative.lastIndexOf('/') + 1), directory);
            return isVisible(relative, match) && isVisible(path, match) ? List.of(match) : List.of();
        }
    }

    /** A directory that is left out is there nevertheless if something below it is. */
    private boolean isVisible(String path, Match match) throws IOException {
        return filter.includes(path) || (match.directory() && filter.enters(path) && holdsAnything(match));
    }

    private boolean holdsAnything(Match directory) throws IOException {
        boolean[] found = {false};
        walk(directory, PathFilter.ALL, name, new Visitor() {
            @Override
            public void enter(OpenedDirectory entered, String path, boolean included) {
                found[0] |= !path.equals(directory.path());
            }

            @Override
            public void file(OpenedDirectory entered, String entry, String path) {
                found[0] = true;
            }

            @Override
            public void leave() {}
        });
        return found[0];
    }

    private Optional<RootDirectory.Location> located(String relative) throws IOException {
        try {
            return Optional.of(root.locate(relative)).filter(RootDirectory.Location::exists);
        } catch (FileSystemLoopException circle) {
            return Optional.empty();
        }
    }

    /** Links are followed up to the first name with a wildcard, and at the end. */
    private List<Match> glob(String relative, String pattern, String location) throws IOException {
        List<String> components = List.of(relative.split("/"));
        int first = 0;
        while (!isPattern(components.get(first))) {
            first++;
        }
        String prefix = String.join("/", components.subList(0, first));
        Optional<RootDirectory.Location> start = located(prefix);
        if (start.isEmpty() || !(filter.includes(prefix) || filter.enters(prefix))) {
            return List.of();
        }
        List<List<String>> found = List.of(start.get().names());
        for (String component : components.subList(first, components.size())) {
            found = matching(found, parsed(component, pattern, location));
        }
        List<Match> matches = new ArrayList<>();
        for (List<String> names : found) {
            String path = String.join("/", names);
            if (filter.includes(path) && located(path).isEmpty()) {
                throw missing(path, path, location);
            }
            matches.addAll(literal(path));
        }
        return matches;
    }

    private static boolean isPattern(String component) {
        return component.indexOf('\\') >= 0 || WILDCARD.matcher(component).matches();
    }

    private static NamePattern parsed(String component, String pattern, String location) {
        try {
            return NamePattern.parse(component);
        } catch (NamePattern.MalformedException e) {
            throw FaultException.wrongInput(
                    location + ": \"" + pattern + "\" is not a valid pattern: " + e.getMessage() + ".",
                    "Write a backslash before a character that is to be taken as it is.");
        }
    }

    private List<List<String>> matching(List<List<String>> directories, NamePattern names) throws IOException {
        List<List<String>> deeper = new ArrayList<>();
        for (List<String> above : directories) {
            Optional<OpenedDirectory> opened = root.directory(above);
            if (opened.isPresent()) {
                try (OpenedDirectory directory = opened.get()) {
                    directory.names().stream()
                            .filter(names::matches)
                            .sorted()
                            .forEach(entry -> deeper.add(joined(above, entry)));
                }
            }
        }
        return deeper;
    }

    private static List<String> joined(List<String> above, String entry) {
        List<String> names = new ArrayList<>(above);
        names.add(entry);
        return names;
    }

    /**
     * What a copy of {@code matches} would carry over, by the path that it is known by: type, mode, owner, content.
     *
     * @param within what of a directory is copied, by its path below the match
     * @throws FaultException if a directory is nested too deeply, or if something vanishes or becomes something else while
     *     it is read
     */
    public SortedMap<String, String> fingerprints(List<Match> matches, PathFilter within, String location)
            throws IOException {
        try {
            return fingerprintsOf(matches, within, location);
        } catch (NoSuchFileException e) {
            throw changed(location, e.getFile());
        }
    }

    static FaultException changed(String location, String path) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                location + ": " + asText(path) + " changed while it was being read.",
                "Build again once it stays the same, or leave it out in .dockerignore.",
                null);
    }

    private SortedMap<String, String> fingerprintsOf(List<Match> matches, PathFilter within, String location)
            throws IOException {
        SortedMap<String, String> fingerprints = new TreeMap<>();
        for (Match match : matches) {
            walk(match, within, location, new Visitor() {
                @Override
                public void enter(OpenedDirectory directory, String path, boolean included) throws IOException {
                    fingerprints.put(asText(path), fingerprint(directory));
                }

                @Override
                public void file(OpenedDirectory directory, String entry, String path) throws IOException {
                    fingerprints.put(asText(path), fingerprint(directory, entry));
                }

                @Override
                public void leave() {}
            });
        }
        return fingerprints;
    }

    /** What is met on a walk. Paths are relative to the root, with slashes. */
    interface Visitor {

        /**
         * A directory in which there is something to visit, or that is itself included.
         *
         * @param included whether the directory itself is meant, and not only something below it
         */
        void enter(OpenedDirectory directory, String path, boolean included) throws IOException;

        /** An entry of the directory that was entered last, and that is no directory. */
        void file(OpenedDirectory directory, String entry, String path) throws IOException;

        /** The directory that was entered last has nothing more. */
        void leave() throws IOException;
    }

    /** A directory on the way from the start of a walk to where it is. */
    private static final class Level implements AutoCloseable {

        final OpenedDirectory directory;
        final String path;
        final boolean included;
        final Iterator<String> entries;
        boolean visited;

        Level(OpenedDirectory directory, String path, boolean included) throws IOException {
            this.directory = directory;
            this.path = path;
            this.included = included;
            List<String> names = directory.names();
            Collections.sort(names);
            this.entries = names.iterator();
        }

        @Override
        public void close() {
            directory.close();
        }
    }

    /** One walk: the directories that it is in, of which those that hold nothing to visit are never visited. */
    private final class Walk {

        private final String start;
        private final PathFilter within;
        private final Visitor visitor;
        private final Deque<Level> levels = new ArrayDeque<>();

        Walk(String start, PathFilter within, Visitor visitor) {
            this.start = start;
            this.within = within;
            this.visitor = visitor;
        }

        void enter(OpenedDirectory directory, String path, boolean exists, boolean included) throws IOException {
            Level level;
            try {
                level = new Level(directory, path, included);
            } catch (IOException | RuntimeException e) {
                directory.close();
                throw e;
            }
            levels.push(level);
            if (exists && included) {
                visitLevels();
            }
        }

        private void visitLevels() throws IOException {
            for (Level level : (Iterable<Level>) levels::descendingIterator) {
                if (!level.visited) {
                    level.visited = true;
                    visitor.enter(level.directory, level.path, level.included);
                }
            }
        }

        void goOn(String location) throws IOException {
            while (!levels.isEmpty()) {
                Level level = levels.element();
                if (level.entries.hasNext()) {
                    visit(level, level.entries.next(), location);
                    continue;
                }
                levels.pop().close();
                if (level.visited) {
                    visitor.leave();
                }
            }
        }

        private void visit(Level level, String entry, String location) throws IOException {
            String path = level.path.isEmpty() ? entry : level.path + "/" + entry;
            String below = start.isEmpty() ? path : path.substring(start.length() + 1);
            boolean exists = filter.includes(path);
            boolean included = within.includes(below);
            boolean mayHold = (exists || filter.enters(path)) && (included || within.enters(below));
            if (!(exists && included) && !mayHold) {
                return;
            }
            FileStatus status = level.directory.status(entry).orElseThrow(() -> new NoSuchFileException(path));
            if (!status.isDirectory()) {
                if (exists && included) {
                    visitLevels();
                    visitor.file(level.directory, entry, path);
                }
                return;
            }
            if (levels.size() == DEEPEST) {
                throw FaultException.wrongInput(
                        "%s: %s has directories nested more than %,d deep.".formatted(location, name, DEEPEST),
                        "Leave them out, or remove them.");
            }
            enter(opened(level.directory.directory(entry), path), path, exists, included);
        }

        void close() {
            levels.forEach(Level::close);
        }
    }

    /**
     * Visits {@code start} and what is included below it, directories before their content.
     *
     * @param within what is included, by its path below {@code start}
     */
    void walk(Match start, PathFilter within, String location, Visitor visitor) throws IOException {
        if (!start.directory()) {
            List<String> above = start.names().subList(0, start.names().size() - 1);
            try (OpenedDirectory directory = opened(root.directory(above), start.path())) {
                visitor.file(directory, start.names().getLast(), start.path());
            }
            return;
        }
        Walk walk = new Walk(start.path(), within, visitor);
        try {
            walk.enter(opened(root.directory(start.names()), start.path()), start.path(), true, true);
            walk.goOn(location);
        } finally {
            walk.close();
        }
    }

    /** What a match that is no directory names. */
    OpenedFile open(Match match) throws IOException {
        List<String> above = match.names().subList(0, match.names().size() - 1);
        try (OpenedDirectory directory = opened(root.directory(above), match.path())) {
            return directory.file(match.names().getLast()).orElseThrow(() -> new NoSuchFileException(match.path()));
        }
    }

    private static OpenedDirectory opened(Optional<OpenedDirectory> directory, String path) throws IOException {
        return directory.orElseThrow(() -> new NoSuchFileException(path));
    }

    String fingerprint(OpenedDirectory directory) throws IOException {
        return fingerprint(directory.status(), "", copied(directory.attributes()));
    }

    private String fingerprint(OpenedDirectory directory, String entry) throws IOException {
        try (OpenedFile file =
                directory.file(entry).orElseThrow(() -> new NoSuchFileException(directory.path() + "/" + entry))) {
            String content = "";
            if (file.status().isSymbolicLink()) {
                content = file.readLink();
            } else if (file.status().isRegularFile()) {
                MessageDigest digest = Digests.sha256();
                try (InputStream bytes = new DigestInputStream(file.read(), digest)) {
                    bytes.transferTo(OutputStream.nullOutputStream());
                }
                content = HexFormat.of().formatHex(digest.digest());
            }
            return fingerprint(file.status(), content, copied(file.attributes()));
        }
    }

    /**
     * Everything of a file that a copy carries over.
     *
     * @param content the digest of what is in it, or the target of a symbolic link
     */
    String fingerprint(FileStatus status, String content, SortedMap<String, byte[]> attributes) {
        StringBuilder fingerprint = new StringBuilder(Integer.toOctalString(status.mode())).append(' ');
        if (withOwner) {
            fingerprint.append(status.user()).append(':').append(status.group()).append(' ');
        }
        if (status.isSymbolicLink()) {
            fingerprint.append("-> ");
        }
        if (status.specialDevice() != 0) {
            fingerprint.append("device ").append(status.specialDevice());
        }
        fingerprint.append(asText(content));
        for (Map.Entry<String, byte[]> attribute : attributes.entrySet()) {
            fingerprint.append(' ').append(attribute.getKey()).append('=');
            fingerprint.append(HexFormat.of().formatHex(attribute.getValue()));
        }
        return fingerprint.toString();
    }

    /**
     * A name as text that can be encoded: bytes of it that are not UTF-8 are lone surrogates, see {@link OpenedDirectory}.
     * Different for different names.
     */
    static String asText(String name) {
        StringBuilder text = new StringBuilder(name.length());
        name.codePoints().forEach(character -> {
            if (character == REPLACEMENT
                    || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)) {
                text.appendCodePoint(REPLACEMENT).append(Integer.toHexString(character));
            } else {
                text.appendCodePoint(character);
            }
        });
        return text.toString();
    }

    /** The extended attributes that belong to the file, not to the overlay that it lies on. */
    static SortedMap<String, byte[]> copied(SortedMap<String, byte[]> attributes) {
        SortedMap<String, byte[]> copied = new TreeMap<>(attributes);
        copied.keySet().removeIf(OverlayFormat::isOwnAttribute);
        return copied;
    }

    @Override
    public void close() {
        root.close();
    }
}
