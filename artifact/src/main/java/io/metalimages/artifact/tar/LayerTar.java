package io.metalimages.artifact.tar;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes what one step has changed as the tar of an image's layer, see the OCI image specification's layer.md: everything that
 * is there, devices too, and of what is gone its name behind {@code .wh.}. The same files give the same bytes, whatever order
 * the file system has them in. Memory does not grow with the files, but for those with several names.
 */
public final class LayerTar {

    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final List<String> OPAQUE_ATTRIBUTES = List.of("trusted.overlay.opaque", "user.overlay.opaque");
    private static final int BUFFER = 1 << 16;

    private final ModificationTimes times;
    private final OutputStream output;
    private final byte[] buffer = new byte[BUFFER];
    private final Map<Inode, String> firstPaths = new HashMap<>();

    private record Inode(long device, long number) {}

    private LayerTar(ModificationTimes times, OutputStream output) {
        this.times = times;
        this.output = output;
    }

    /**
     * Writes one tar.
     *
     * @param layer a directory in overlayfs's form
     * @param times what modification time each file gets
     * @param output is left open
     * @throws InterruptedException if the thread was interrupted
     */
    public static void write(Path layer, ModificationTimes times, OutputStream output)
            throws IOException, InterruptedException {
        LayerTar tar = new LayerTar(times, output);
        try (RootDirectory root = RootDirectory.open(layer)) {
            tar.writeBelow(root.top(), "");
        }
        output.write(new byte[FileTree.END_BYTES]);
    }

    private void writeBelow(OpenedDirectory directory, String path) throws IOException, InterruptedException {
        List<String> names = directory.names();
        names = names.stream().sorted(Comparator.naturalOrder()).toList();
        for (String name : names) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            write(directory, name, path.isEmpty() ? name : path + "/" + name);
        }
    }

    private void write(OpenedDirectory directory, String name, String path) throws IOException, InterruptedException {
        if (name.startsWith(WHITEOUT)) {
            throw FaultException.failed(
                    "/" + path + " can't be in an image: names that begin with .wh. say what is gone.", null);
        }
        FileStatus status = directory.status(name).orElseThrow(() -> new NoSuchFileException("/" + path));
        if (status.type() == FileStatus.CHARACTER_DEVICE && status.specialDevice() == 0) {
            output.write(TarHeader.encode(gone(path.substring(0, path.length() - name.length()) + WHITEOUT + name)));
        } else if (status.isDirectory()) {
            SortedMap<String, byte[]> attributes = directory.attributes(name);
            boolean opaque = attributes.keySet().stream().anyMatch(OPAQUE_ATTRIBUTES::contains);
            output.write(TarHeader.encode(entry(TarEntry.Type.DIRECTORY, path, status, 0, "", attributes)));
            if (opaque) {
                output.write(TarHeader.encode(gone(path + "/" + OPAQUE)));
            }
            try (OpenedDirectory below =
                    directory.directory(name).orElseThrow(() -> new NoSuchFileException("/" + path))) {
                writeBelow(below, path);
            }
        } else if (status.isSymbolicLink()) {
            output.write(TarHeader.encode(entry(
                    TarEntry.Type.SYMBOLIC_LINK,
                    path,
                    status,
                    0,
                    directory.readLink(name),
                    directory.attributes(name))));
        } else if (!status.isSocket()) {
            writeFile(directory, name, path, status);
        }
    }

    /** A file, or a special file; by its second and further names a link to the first. */
    private void writeFile(OpenedDirectory directory, String name, String path, FileStatus status) throws IOException {
        if (status.links() > 1) {
            String first = firstPaths.putIfAbsent(new Inode(status.device(), status.inode()), path);
            if (first != null) {
                output.write(TarHeader.encode(entry(TarEntry.Type.HARD_LINK, path, status, 0, first, new TreeMap<>())));
                return;
            }
        }
        SortedMap<String, byte[]> attributes = directory.attributes(name);
        if (status.isRegularFile()) {
            output.write(TarHeader.encode(entry(TarEntry.Type.FILE, path, status, status.size(), "", attributes)));
            writeContent(directory, name, path, status.size());
        } else {
            output.write(TarHeader.encode(
                    entry(TarEntry.Type.FILE, path, status, 0, "", attributes),
                    typeFlag(status),
                    major(status.specialDevice()),
                    minor(status.specialDevice())));
        }
    }

    private static byte typeFlag(FileStatus status) {
        return (byte)
                switch (status.type()) {
                    case FileStatus.CHARACTER_DEVICE -> '3';
                    case FileStatus.BLOCK_DEVICE -> '4';
                    case FileStatus.PIPE -> '6';
                    default -> throw new IllegalStateException("Linux has no file type " + status.type());
                };
    }

    /** See makedev(3). */
    private static long major(long device) {
        return ((device >>> 32) & 0xffff_f000L) | ((device >>> 8) & 0xfff);
    }

    private static long minor(long device) {
        return ((device >>> 12) & 0xffff_ff00L) | (device & 0xff);
    }

    private void writeContent(OpenedDirectory directory, String name, String path, long size) throws IOException {
        try (OpenedFile file = directory.file(name).orElseThrow(() -> new NoSuchFileException("/" + path));
                InputStream content = file.read()) {
            long remaining = size;
            while (remaining > 0) {
                int read = content.read(buffer, 0, (int) Math.min(buffer.length, remaining));
                if (read < 0) {
                    throw FaultException.failed("/" + path + " was cut short while it was read.", null);
                }
                output.write(buffer, 0, read);
                remaining -= read;
            }
        }
        output.write(new byte[TarHeader.padding(size)]);
    }

    private TarEntry entry(
            TarEntry.Type type,
            String path,
            FileStatus status,
            long size,
            String target,
            SortedMap<String, byte[]> attributes) {
        return new TarEntry(
                type,
                path,
                status.permissions(),
                Integer.toUnsignedLong(status.user()),
                Integer.toUnsignedLong(status.group()),
                times.inTar(status.modified().toInstant().getEpochSecond()),
                size,
                target,
                FileTree.attributesOfImage(attributes, path));
    }

    private TarEntry gone(String path) {
        return new TarEntry(TarEntry.Type.FILE, path, 0, 0, 0, times.epoch().getEpochSecond(), 0, "", new TreeMap<>());
    }
}
