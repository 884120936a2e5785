package io.metalimages.artifact.tar;

import io.metalimages.artifact.lz4.Chunker;
import io.metalimages.artifact.lz4.KnownBlock;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells a {@link FileTree} as a tar to a {@link Chunker}, reading the files' contents, but for what a {@link SegmentTable}
 * knows. Belongs to one thread.
 */
public final class TarWriter {

    private static final byte[] FILLING = new byte[1 << 16];

    private final Path root;
    private final Chunker chunker;
    private final SegmentTable known;
    private final boolean live;
    private final List<SegmentTable.Run> runs = new ArrayList<>();
    private int runBegins;
    private int runsFirstBlock;

    /**
     * A writer.
     *
     * @param known what earlier exports say
     * @param live whether the tree may change meanwhile, and what comes of it is no image: then a file that is gone, or
     *     shorter than it was, is filled up with zeros
     */
    public TarWriter(Path root, Chunker chunker, SegmentTable known, boolean live) {
        this.root = root;
        this.chunker = chunker;
        this.known = known;
        this.live = live;
    }

    /**
     * Writes the whole tar.
     *
     * @return which entries became which blocks, for all but the last ones
     * @throws FaultException if a file cannot be read, or is not any more what {@code tree} says
     * @throws IOException if what becomes of the blocks failed
     */
    public List<SegmentTable.Run> write(FileTree tree) throws IOException, InterruptedException {
        try (RootDirectory opened = RootDirectory.open(root)) {
            List<FileTree.Item> items = tree.items();
            for (int next = 0; next < items.size(); ) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                begin(items, next);
                int recalled = chunker.atBoundary() ? recall(items, next) : 0;
                if (recalled == 0) {
                    write(items.get(next), opened);
                }
                next += Math.max(recalled, 1);
            }
        }
        chunker.write(new byte[FileTree.END_BYTES]);
        chunker.finish();
        return List.copyOf(runs);
    }

    private void begin(List<FileTree.Item> items, int next) throws IOException, InterruptedException {
        FileTree.Item item = items.get(next);
        if (next > 0 && items.get(next - 1).isDirectory() && !item.isDirectory()) {
            chunker.endSection();
        }
        chunker.makeRoom(item.length());
        if (chunker.atBoundary() && next > runBegins) {
            runs.add(new SegmentTable.Run(
                    runBegins, next, runsFirstBlock, chunker.blocks(), SegmentTable.identity(items, runBegins, next)));
            runBegins = next;
            runsFirstBlock = chunker.blocks();
        }
    }

    /**
     * Hands over the blocks of the entries from {@code first} on, if they are known.
     *
     * @return of how many entries
     */
    private int recall(List<FileTree.Item> items, int first) throws IOException, InterruptedException {
        Optional<Segment> segment = known.find(items, first);
        if (segment.isEmpty()) {
            return 0;
        }
        for (KnownBlock block : segment.get().blocks()) {
            if (!chunker.recall(block)) {
                chunker.repeat(chunker.blocks() - runsFirstBlock);
                return 0;
            }
        }
        return segment.get().entries();
    }

    private void write(FileTree.Item item, RootDirectory opened) throws IOException, InterruptedException {
        TarEntry entry = item.entry();
        chunker.startEntry(entry.path(), item.length());
        chunker.write(item.header());
        if (entry.size() > 0) {
            if (live) {
                writeLiveContent(entry, opened);
            } else {
                writeContent(entry, opened);
            }
            chunker.write(new byte[TarHeader.padding(entry.size())]);
        }
        chunker.endEntry();
    }

    private void writeContent(TarEntry entry, RootDirectory opened) throws IOException, InterruptedException {
        try (FileChannel file = open(entry, opened)) {
            long read = chunker.write((into, offset, most) -> read(entry, file, into, offset, most), entry.size());
            if (read != entry.size()) {
                throw FaultException.failed(
                        "/" + entry.path() + " changed while the image was written: it had " + entry.size()
                                + " bytes, then " + (read > entry.size() ? "more" : read) + ".",
                        null);
            }
        }
    }

    private void writeLiveContent(TarEntry entry, RootDirectory opened) throws IOException, InterruptedException {
        long read = 0;
        Optional<OpenedFile> found = opened.findWithoutLinks(entry.path());
        if (found.isPresent()) {
            try (OpenedFile file = found.get()) {
                if (file.status().isRegularFile()) {
                    try (FileChannel content = file.readChannel()) {
                        read = chunker.write(
                                (into, offset, most) -> read(entry, content, into, offset, most), entry.size());
                    }
                }
            }
        }
        for (long missing = entry.size() - Math.min(read, entry.size()); missing > 0; missing -= FILLING.length) {
            chunker.write(missing < FILLING.length ? new byte[(int) missing] : FILLING);
        }
    }

    private static FileChannel open(TarEntry entry, RootDirectory opened) {
        try (OpenedFile file =
                opened.findWithoutLinks(entry.path()).orElseThrow(() -> new NoSuchFileException("/" + entry.path()))) {
            return file.readChannel();
        } catch (NoSuchFileException e) {
            throw FaultException.failed("/" + entry.path() + " vanished while the image was written.", e);
        } catch (IOException e) {
            throw unreadable(entry, e);
        }
    }

    private static int read(TarEntry entry, FileChannel file, byte[] into, int offset, int most) throws IOException {
        try {
            return file.read(ByteBuffer.wrap(into, offset, most));
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw unreadable(entry, e);
        }
    }

    private static FaultException unreadable(TarEntry entry, IOException cause) {
        return FaultException.failed(
                "/" + entry.path() + " of the image cannot be read: " + InputOutputReason.of(cause) + ".", cause);
    }
}
