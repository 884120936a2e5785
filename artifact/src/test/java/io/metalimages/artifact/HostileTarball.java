package io.metalimages.artifact;

import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarHeader;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHashFactory;

/** Writes a tarball that is small, and large when it is read. Only one block of it is in memory. */
public final class HostileTarball implements AutoCloseable {

    private static final int BLOCK = 4 << 20;
    private static final byte[] FLAGS = {0x64, 0x70};

    private final LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
    private final StreamingXXHash32 hash = XXHashFactory.fastestInstance().newStreamingHash32(0);
    private final OutputStream output;
    private final byte[] block = new byte[BLOCK];
    private int filled;

    /** Begins the tarball at {@code location}, with a list of packages beside it. */
    public HostileTarball(ArtifactLocation location) throws IOException {
        Path directory = Files.createDirectories(location.tarball().resolveSibling(""));
        Files.writeString(directory.resolve(ArtifactLocation.PACKAGES), SampleImage.PACKAGES);
        output = new BufferedOutputStream(Files.newOutputStream(location.tarball()));
        output.write(SampleImage.word(0x184D2204));
        output.write(FLAGS);
        output.write(XXHashFactory.fastestInstance().hash32().hash(FLAGS, 0, FLAGS.length, 0) >>> 8);
    }

    private void write(byte[] bytes) throws IOException {
        for (int from = 0; from < bytes.length; ) {
            int length = Math.min(bytes.length - from, BLOCK - filled);
            System.arraycopy(bytes, from, block, filled, length);
            filled += length;
            from += length;
            if (filled == BLOCK) {
                flush();
            }
        }
    }

    private void flush() throws IOException {
        byte[] compressed = lz4.compress(block, 0, filled);
        hash.update(block, 0, filled);
        if (compressed.length < filled) {
            output.write(SampleImage.word(compressed.length));
            output.write(compressed);
        } else {
            output.write(SampleImage.word(filled | 0x8000_0000));
            output.write(block, 0, filled);
        }
        filled = 0;
    }

    /** A file that holds {@code line} again and again. */
    public HostileTarball repeating(String path, String line, int size) throws IOException {
        byte[] content = new byte[size];
        byte[] repeated = line.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < size; i++) {
            content[i] = repeated[i % repeated.length];
        }
        return entry(TarEntry.Type.FILE, path, "", content, new TreeMap<>());
    }

    public HostileTarball file(String path, String content) throws IOException {
        return entry(TarEntry.Type.FILE, path, "", content.getBytes(StandardCharsets.UTF_8), new TreeMap<>());
    }

    public HostileTarball file(String path, SortedMap<String, byte[]> attributes) throws IOException {
        return entry(TarEntry.Type.FILE, path, "", new byte[0], attributes);
    }

    public HostileTarball directory(String path) throws IOException {
        return entry(TarEntry.Type.DIRECTORY, path, "", new byte[0], new TreeMap<>());
    }

    public HostileTarball symbolicLink(String path, String target) throws IOException {
        return entry(TarEntry.Type.SYMBOLIC_LINK, path, target, new byte[0], new TreeMap<>());
    }

    public HostileTarball hardLink(String path, String target) throws IOException {
        return entry(TarEntry.Type.HARD_LINK, path, target, new byte[0], new TreeMap<>());
    }

    private HostileTarball entry(
            TarEntry.Type type, String path, String target, byte[] content, SortedMap<String, byte[]> attributes)
            throws IOException {
        write(TarHeader.encode(new TarEntry(type, path, 0755, 0, 0, 0, content.length, target, attributes)));
        write(content);
        write(new byte[TarHeader.padding(content.length)]);
        return this;
    }

    /** A file whose name GNU's extension gives. */
    public HostileTarball longName(String path) throws IOException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        byte[] header = TarHeader.encode(
                new TarEntry(TarEntry.Type.FILE, "long", 0644, 0, 0, 0, name.length, "", new TreeMap<>()));
        header[156] = 'L';
        write(SampleImage.summed(header));
        write(name);
        write(new byte[TarHeader.padding(name.length)]);
        return file("short", "");
    }

    /** Ends the tar and the frame. */
    @Override
    public void close() throws IOException {
        write(new byte[1024]);
        flush();
        output.write(SampleImage.word(0));
        output.write(SampleImage.word(hash.getValue()));
        output.close();
        hash.close();
    }
}
