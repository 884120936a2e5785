package io.metalimages.engine.archive;

import io.metalimages.common.Digest;
import io.metalimages.common.ForeignText;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OverlayFormat;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.common.linux.TreeDeletion;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a layer of an image, see the OCI image specification's layer.md, into a directory of its own, as a directory of an
 * overlay: what the layer deletes becomes whiteouts and opaque directories. In one pass, and in memory that does not grow
 * with the layer. Names and links are resolved in the layer alone, and lead nowhere else.
 *
 * <p>A directory that the layer does not have, but has something in, gets what it is below. Belongs to one thread.
 *
 * <p>Example: {@code etc/.wh.motd} and {@code etc/issue} make an {@code etc} like the one below, with a whiteout {@code motd}
 * and a file {@code issue}. Counter-example: {@code .wh.motd} makes nothing where nothing of that name is below.
 */
public final class LayerUnpacker implements AutoCloseable {

    private static final String WHITEOUT = ".wh.";

    /** What AUFS, where these names come from, keeps for itself. */
    private static final String AUFS = WHITEOUT + WHITEOUT;

    private static final String OPAQUE = AUFS + ".opq";

    private static final int IMPLIED_DIRECTORY = 0755;
    private static final int MOST_ENTRIES = 2_000_000;
    private static final int DEEPEST = 1000;

    private final OverlayFormat format;
    private final Below below;

    /** Where the root of the layer is, and its name there. */
    private final RootDirectory place;

    private final String placeName;
    private final RootDirectory root;
    private boolean rootDescribed;
    private boolean whiteouts;

    /** The directory that the last entry was put into: the next one often goes there, too. */
    @Nullable
    private Entered entered;

    /** What lies below a layer; asked for only by layers that need it. */
    @FunctionalInterface
    public interface Below {

        /** All of it, closed by whoever made it; empty if nothing does. */
        Optional<RootDirectory> open() throws IOException, InterruptedException;
    }

    /**
     * A directory that is being filled.
     *
     * @param path as entries name it
     * @param names where that leads
     * @param modified the time that it is to have in the end
     */
    private record Entered(String path, List<String> names, OpenedDirectory directory, FileTime modified) {}

    /** @param directory empty */
    public LayerUnpacker(Path directory, OverlayFormat format, Below below) throws IOException {
        this.format = format;
        this.below = below;
        Path absolute = directory.toAbsolutePath();
        this.placeName = Objects.requireNonNull(absolute.getFileName()).toString();
        this.place = RootDirectory.open(Objects.requireNonNull(absolute.getParent()));
        this.root = RootDirectory.open(absolute);
    }

    /**
     * Unpacks a layer.
     *
     * @param input its archive, not compressed or by gzip or zstd; read to its end
     * @return the digest of the archive when it is not compressed
     * @throws InvalidArchiveException if it is damaged, or asks for what no layer may do. It names the entry
     * @throws IOException if it can't be written
     */
    public Digest unpack(InputStream input) throws IOException, InterruptedException {
        String current = "";
        try {
            LayerInput archive = new LayerInput(input);
            TarReader reader = new TarReader(archive);
            EntryWriter writer = new EntryWriter(reader, Optional.empty());
            int entries = 0;
            for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                current = entry.get().name();
                if (++entries > MOST_ENTRIES) {
                    throw new InvalidArchiveException("it has more than " + MOST_ENTRIES + " entries");
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                unpack(entry.get(), writer);
            }
            leave();
            if (!rootDescribed) {
                implyRoot();
            }
            return archive.finish();
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            Thread.interrupted();
            throw (InterruptedException) new InterruptedException().initCause(e);
        } catch (IOException e) {
            String where = current.isEmpty() ? "" : "at the entry " + ForeignText.line(current) + ": ";
            String reason = where + ForeignText.line(Objects.requireNonNullElse(e.getMessage(), e.toString()));
            throw e instanceof InvalidArchiveException
                    ? new InvalidArchiveException(reason)
                    : new IOException(reason, e);
        }
    }

    private void unpack(TarEntry entry, EntryWriter writer) throws IOException, InterruptedException {
        EntryLocation location = EntryLocation.of(entry.name());
        if (location.names().size() > DEEPEST) {
            throw new InvalidArchiveException("it is more than " + DEEPEST + " directories deep");
        }
        String name = location.name();
        if (location.names().stream().anyMatch(component -> component.startsWith(AUFS)) && !name.equals(OPAQUE)) {
            return;
        }
        if (location.names().stream()
                .limit(Math.max(0, location.names().size() - 1))
                .anyMatch(component -> component.startsWith(WHITEOUT))) {
            throw new InvalidArchiveException("it lies below a whiteout, which is no directory");
        }
        if (location.isRoot()) {
            describeRoot(entry, writer);
        } else if (name.equals(OPAQUE)) {
            hideAll(location.above());
        } else if (name.startsWith(WHITEOUT)) {
            String hidden = name.substring(WHITEOUT.length());
            if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
                throw new InvalidArchiveException("it is a whiteout that names no file");
            }
            hide(location.above(), hidden);
        } else if (entry.type() == TarEntry.Type.CHARACTER_DEVICE && entry.device() == 0) {
            // For overlayfs that is a whiteout, and so it is in layers that were packed of its directories.
            hide(location.above(), name);
        } else {
            make(entry, location, writer);
        }
    }

    private void describeRoot(TarEntry entry, EntryWriter writer) throws IOException {
        if (entry.type() != TarEntry.Type.DIRECTORY) {
            throw new InvalidArchiveException("it takes the place of the root, and is no directory");
        }
        leave();
        writer.describe(entry, place.top(), placeName);
        root.top().changeModified(entry.modified());
        rootDescribed = true;
    }

    private void make(TarEntry entry, EntryLocation location, EntryWriter writer)
            throws IOException, InterruptedException {
        Entered into = enter(location.above());
        OpenedDirectory directory = into.directory();
        String name = location.name();
        Optional<FileStatus> before = directory.status(name);
        boolean isDirectory = entry.type() == TarEntry.Type.DIRECTORY;
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            link(entry, directory, name);
            return;
        }
        if (before.isEmpty() || !isDirectory || !before.get().isDirectory()) {
            if (before.isPresent()) {
                TreeDeletion.delete(directory, name);
            }
            writer.make(entry, directory, name);
        }
        writer.describe(entry, directory, name);
        if (isDirectory && before.isPresent() && !before.get().isDirectory()) {
            cover(into, name);
        }
        directory.changeModified(name, entry.modified());
    }

    private void link(TarEntry entry, OpenedDirectory directory, String name) throws IOException {
        EntryLocation target = EntryLocation.of(entry.target());
        Optional<OpenedDirectory> above =
                root.directory(root.locate(target.above()).names());
        if (above.isPresent()) {
            try (OpenedDirectory opened = above.get()) {
                Optional<FileStatus> status = target.isRoot() ? Optional.empty() : opened.status(target.name());
                if (status.filter(there -> !OverlayFormat.isWhiteout(there) && !there.isDirectory())
                        .isPresent()) {
                    Optional<FileStatus> before = directory.status(name);
                    if (before.filter(there -> there.isSameFile(status.get())).isPresent()) {
                        return;
                    }
                    if (before.isPresent()) {
                        TreeDeletion.delete(directory, name);
                    }
                    directory.makeLink(name, opened, target.name());
                    return;
                }
            }
        }
        throw new InvalidArchiveException(
                "it is a link to " + entry.target() + ", which is no file that the layer has before it");
    }

    /** A whiteout: of what the layer itself has, nothing is hidden. */
    private void hide(String above, String name) throws IOException, InterruptedException {
        List<String> names = root.locate(above).names();
        if (!isBelow(names, name)) {
            return;
        }
        Entered into = enter(above);
        Optional<FileStatus> own = into.directory().status(name);
        if (own.isEmpty()) {
            OverlayFormat.hide(into.directory(), name);
            whiteouts = true;
        } else if (own.get().isDirectory()) {
            cover(into, name);
        }
    }

    private void hideInRoot(String name) throws IOException {
        try {
            hide("/", name);
        } catch (InterruptedException e) {
            throw (InterruptedIOException) new InterruptedIOException().initCause(e);
        }
    }

    private boolean isBelow(List<String> directory, String name) throws IOException, InterruptedException {
        Optional<OpenedDirectory> lower = visibleBelow(directory);
        if (lower.isEmpty()) {
            return false;
        }
        try (OpenedDirectory opened = lower.get()) {
            return opened.status(name).isPresent();
        }
    }

    /** An opaque directory. The root can't be one: overlayfs merges roots whatever they say. */
    private void hideAll(String path) throws IOException, InterruptedException {
        List<String> names = root.locate(path).names();
        Optional<OpenedDirectory> lower = visibleBelow(names);
        if (lower.isEmpty()) {
            return;
        }
        try (OpenedDirectory opened = lower.get()) {
            if (names.isEmpty()) {
                opened.visitNames(name -> {
                    hideInRoot(name);
                    return true;
                });
                return;
            }
        }
        enter(path);
        cover(enter("/" + String.join("/", names.subList(0, names.size() - 1))), names.getLast());
    }

    /** Lets nothing below be seen in a directory of the layer. */
    private void cover(Entered above, String name) throws IOException, InterruptedException {
        Optional<OpenedDirectory> lower = visibleBelow(joined(above.names(), name));
        if (lower.isEmpty()) {
            return;
        }
        lower.get().close();
        Optional<OpenedDirectory> covered = above.directory().directory(name);
        if (covered.isPresent()) {
            try (OpenedDirectory directory = covered.get()) {
                if (whiteouts) {
                    removeWhiteouts(directory);
                }
            }
            format.makeOpaque(above.directory(), name);
        }
    }

    private static void removeWhiteouts(OpenedDirectory directory) throws IOException {
        FileTime modified = directory.status().modified();
        directory.visitNames(name -> {
            Optional<FileStatus> status = directory.status(name);
            if (status.filter(OverlayFormat::isWhiteout).isPresent()) {
                directory.deleteFile(name);
            } else if (status.filter(FileStatus::isDirectory).isPresent()) {
                Optional<OpenedDirectory> next = directory.directory(name);
                if (next.isPresent()) {
                    try (OpenedDirectory opened = next.get()) {
                        removeWhiteouts(opened);
                    }
                }
            }
            return true;
        });
        directory.changeModified(modified);
    }

    /** The directory below, if it is one and the layer has nothing in its way. */
    private Optional<OpenedDirectory> visibleBelow(List<String> names) throws IOException, InterruptedException {
        for (int depth = 1; depth <= names.size(); depth++) {
            try (OpenedDirectory above = root.directory(names.subList(0, depth - 1))
                    .orElseThrow(() -> new InvalidArchiveException("it lies below what is no directory"))) {
                String name = names.get(depth - 1);
                if (above.status(name).isEmpty()) {
                    break;
                }
                Optional<OpenedDirectory> own = above.directory(name);
                if (own.isEmpty()) {
                    return Optional.empty();
                }
                try (OpenedDirectory opened = own.get()) {
                    if (format.isOpaque(opened)) {
                        return Optional.empty();
                    }
                }
            }
        }
        Optional<RootDirectory> all = below.open();
        return all.isPresent() ? all.get().directory(names) : Optional.empty();
    }

    private Entered enter(String path) throws IOException, InterruptedException {
        if (entered == null || !entered.path().equals(path)) {
            leave();
            List<String> names = root.locate(path).names();
            OpenedDirectory directory = makeDirectories(names);
            entered = new Entered(path, names, directory, directory.status().modified());
        }
        return entered;
    }

    /** What was put into a directory does not count as a change of it. */
    private void leave() throws IOException {
        if (entered != null) {
            try (OpenedDirectory directory = entered.directory()) {
                directory.changeModified(entered.modified());
            } finally {
                entered = null;
            }
        }
    }

    private OpenedDirectory makeDirectories(List<String> names) throws IOException, InterruptedException {
        OpenedDirectory current = root.directory(List.of()).orElseThrow();
        for (int depth = 1; depth <= names.size(); depth++) {
            try (OpenedDirectory above = current) {
                String name = names.get(depth - 1);
                Optional<OpenedDirectory> next = above.directory(name);
                current = next.isPresent() ? next.get() : imply(above, names.subList(0, depth));
            }
        }
        return current;
    }

    /** Makes a directory of which the layer says nothing. */
    private OpenedDirectory imply(OpenedDirectory above, List<String> names) throws IOException, InterruptedException {
        String name = names.getLast();
        FileTime modified = above.status().modified();
        Optional<FileStatus> before = above.status(name);
        if (before.filter(there -> !OverlayFormat.isWhiteout(there)).isPresent()) {
            throw new InvalidArchiveException("it lies below /" + String.join("/", names) + ", which is no directory");
        }
        Optional<OpenedDirectory> lower = before.isPresent() ? Optional.empty() : visibleBelow(names);
        if (before.isPresent()) {
            above.deleteFile(name);
        }
        above.makeDirectory(name);
        if (lower.isPresent()) {
            try (OpenedDirectory like = lower.get()) {
                describe(like, above, name);
            }
        } else {
            above.changeMode(name, IMPLIED_DIRECTORY);
        }
        if (before.isPresent()) {
            cover(new Entered("", names.subList(0, names.size() - 1), above, modified), name);
        }
        above.changeModified(modified);
        return above.directory(name).orElseThrow();
    }

    private static void describe(OpenedDirectory like, OpenedDirectory above, String name) throws IOException {
        FileStatus status = like.status();
        above.changeOwner(name, status.user(), status.group());
        for (Map.Entry<String, byte[]> attribute : like.attributes().entrySet()) {
            if (!OverlayFormat.isOwnAttribute(attribute.getKey())) {
                above.writeAttribute(name, attribute.getKey(), attribute.getValue());
            }
        }
        above.changeMode(name, status.permissions());
        above.changeModified(name, status.modified());
    }

    private void implyRoot() throws IOException, InterruptedException {
        Optional<RootDirectory> all = below.open();
        if (all.isPresent()) {
            describe(all.get().top(), place.top(), placeName);
        } else {
            place.top().changeMode(placeName, IMPLIED_DIRECTORY);
        }
    }

    private static List<String> joined(List<String> above, String name) {
        return Stream.concat(above.stream(), Stream.of(name)).toList();
    }

    @Override
    public void close() {
        if (entered != null) {
            entered.directory().close();
        }
        root.close();
        place.close();
    }
}
