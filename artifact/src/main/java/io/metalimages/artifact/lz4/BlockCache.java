package io.metalimages.artifact.lz4;

import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.linux.PendingDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/**
 * Compressed blocks, kept in a directory under the hash of what was compressed and the identity of what compressed it.
 *
 * <p>Everything in the directory may be deleted at any time, also while it is used. Several processes may use it at once.
 * Its size is bounded: a run that added blocks ends by deleting those that were not used for the longest time. During a
 * run it may exceed the bound by what that run adds.
 *
 * <p>Nothing is forced to the disk, so after a loss of power a file may hold anything. Each starts with the xxHash64 of its
 * data, seeded with the key; what doesn't match counts as missing, and is replaced.
 *
 * <p>Beside the blocks lie tables that say what became which blocks, see {@link Session#keepTable}.
 *
 * <p>Immutable and thread-safe.
 */
public final class BlockCache {

    /** The bound unless another is given: 8 GiB, some ten images that have little in common. */
    public static final long USUAL_LIMIT = 8L << 30;

    /** When a used block is marked as used again at the earliest: it spares most runs the writing of thousands of times. */
    private static final Duration USE_RESOLUTION = Duration.ofHours(1);

    /** Enough for the images that are built in turn. */
    private static final int MOST_TABLES = 8;

    private static final int LARGEST_TABLE = 8 << 20;

    private final Path directory;
    private final long limit;

    /**
     * A cache that is bounded by {@link #USUAL_LIMIT}.
     *
     * @param directory where it is; need not exist
     */
    public BlockCache(Path directory) {
        this(directory, USUAL_LIMIT);
    }

    /**
     * A cache.
     *
     * @param directory where it is; need not exist
     * @param limit most bytes of compressed data between runs; 0 keeps nothing
     */
    public BlockCache(Path directory, long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("a cache cannot be limited to " + limit + " bytes");
        }
        this.directory = directory;
        this.limit = limit;
    }

    /**
     * Begins a run that reads and adds blocks.
     *
     * @throws FaultException if the directory cannot be made or written
     */
    public Session open(XXHash64 hash) {
        try {
            Files.createDirectories(directory);
            return new Session(hash, PendingDirectory.open(directory));
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** What to tell the user who has to put the cache in order. */
    public FaultException unusable(IOException cause) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                "The cache of compressed blocks in " + directory + " cannot be used: " + InputOutputReason.of(cause)
                        + ".",
                "Delete the directory or make it writable; nothing is lost with it but time.",
                cause);
    }

    /** Whether a file of a cache holds what was written to it. */
    public static boolean isWhole(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        String name = file.getFileName().toString();
        if (content.length < Block.PREFIX || !BlockKey.SHA256.matcher(name).matches()) {
            return false;
        }
        BlockKey key = BlockKey.of("", name);
        return ByteBuffer.wrap(content).getLong()
                == XXHashFactory.nativeInstance()
                        .hash64()
                        .hash(content, Block.PREFIX, content.length - Block.PREFIX, key.seed());
    }

    /** One run's use of the cache. Thread-safe. */
    public final class Session implements AutoCloseable {

        private final XXHash64 hash;
        private final Instant opened = Instant.now();
        private final AtomicInteger added = new AtomicInteger();
        private PendingDirectory pending;

        private Session(XXHash64 hash, PendingDirectory pending) {
            this.hash = hash;
            this.pending = pending;
        }

        /**
         * Looks a block up.
         *
         * @param file gets the file's bytes: {@link Block#PREFIX} of checksum, then the data
         * @return length of the data in bytes; empty if the block is not there or is damaged
         * @throws FaultException if the file is there but the system cannot read it
         * @throws ClosedByInterruptException if the thread was interrupted
         */
        OptionalInt read(BlockKey key, byte[] file) throws ClosedByInterruptException {
            Path path = path(key);
            try {
                OptionalInt length = read(path, key, file);
                if (length.isPresent()) {
                    markAsUsed(path);
                }
                return length;
            } catch (NoSuchFileException e) {
                return OptionalInt.empty();
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                throw unusable(e);
            }
        }

        private OptionalInt read(Path path, BlockKey key, byte[] file) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(file);
            try (FileChannel channel = FileChannel.open(path)) {
                while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
            }
            buffer.flip();
            int length = buffer.remaining() - Block.PREFIX;
            return length > 0 && buffer.getLong() == hash.hash(file, Block.PREFIX, length, key.seed())
                    ? OptionalInt.of(length)
                    : OptionalInt.empty();
        }

        /**
         * Keeps a block.
         *
         * @param file {@link Block#PREFIX} bytes, which are overwritten, then the data
         * @param length of the data in bytes
         */
        void write(BlockKey key, byte[] file, int length) throws IOException {
            put(key, file, length);
            added.incrementAndGet();
        }

        private void put(BlockKey key, byte[] file, int length) throws IOException {
            ByteBuffer.wrap(file).putLong(hash.hash(file, Block.PREFIX, length, key.seed()));
            ByteBuffer bytes = ByteBuffer.wrap(file, 0, Block.PREFIX + length);
            try {
                writeOnce(key, bytes.duplicate());
            } catch (NoSuchFileException deletedMeanwhile) {
                reopen();
                writeOnce(key, bytes);
            }
        }

        /**
         * What was kept by {@link #keepTable}, the newest first, without what is damaged.
         *
         * @throws FaultException if the system cannot read what is there
         */
        public List<byte[]> tables(Compressor compressor) throws ClosedByInterruptException {
            List<byte[]> tables = new ArrayList<>();
            try {
                for (Kept kept : tablesByAge(compressor)) {
                    BlockKey key = BlockKey.of(
                            kindOfTables(compressor), kept.file().getFileName().toString());
                    byte[] file = new byte[(int) Math.min(kept.size(), LARGEST_TABLE)];
                    read(kept.file(), key, file)
                            .ifPresent(length ->
                                    tables.add(Arrays.copyOfRange(file, Block.PREFIX, Block.PREFIX + length)));
                }
                return tables;
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (NoSuchFileException deletedMeanwhile) {
                return tables;
            } catch (IOException e) {
                throw unusable(e);
            }
        }

        /**
         * Keeps a table that says something of the blocks of {@code compressor}. Of all such tables the
         * {@value #MOST_TABLES} newest stay; one of more than {@value #LARGEST_TABLE} bytes is not kept.
         */
        public void keepTable(Compressor compressor, byte[] table) throws IOException {
            if (table.length > LARGEST_TABLE - Block.PREFIX) {
                return;
            }
            byte[] file = new byte[Block.PREFIX + table.length];
            System.arraycopy(table, 0, file, Block.PREFIX, table.length);
            put(BlockKey.of(kindOfTables(compressor), Digests.sha256().digest(table)), file, table.length);
            for (Kept surplus :
                    tablesByAge(compressor).stream().skip(MOST_TABLES).toList()) {
                Files.deleteIfExists(surplus.file());
            }
        }

        private void writeOnce(BlockKey key, ByteBuffer bytes) throws IOException {
            Path target = path(key);
            Path unfinished = pending()
                    .resolve(key.sha256() + "-" + Thread.currentThread().threadId());
            try (FileChannel channel =
                    FileChannel.open(unfinished, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException e) {
                Files.deleteIfExists(unfinished);
                throw e;
            }
            Files.createDirectories(target.getParent());
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        }

        private synchronized PendingDirectory pending() {
            return pending;
        }

        private synchronized void reopen() throws IOException {
            if (!Files.isDirectory(pending.resolve("."))) {
                pending.close();
                Files.createDirectories(directory);
                pending = PendingDirectory.open(directory);
            }
        }

        private void markAsUsed(Path path) throws IOException {
            FileTime used = Files.getLastModifiedTime(path);
            if (used.toInstant().isBefore(opened.minus(USE_RESOLUTION))) {
                Files.setLastModifiedTime(path, FileTime.from(opened));
            }
        }

        /**
         * Ends the run; deletes what is beyond the bound.
         *
         * @throws FaultException if the system does not let it
         */
        @Override
        public void close() {
            try {
                pending().close();
                if (added.get() > 0) {
                    trim();
                }
            } catch (IOException e) {
                throw unusable(e);
            }
        }
    }

    /** Those of blocks of {@code compressor}, the newest first. */
    private List<Kept> tablesByAge(Compressor compressor) throws IOException {
        List<Kept> tables = new ArrayList<>();
        for (Path group : directoriesIn(directory.resolve(kindOfTables(compressor)))) {
            for (Path file : childrenOf(group)) {
                if (BlockKey.SHA256.matcher(file.getFileName().toString()).matches()) {
                    look(file).ifPresent(tables::add);
                }
            }
        }
        tables.sort(Comparator.comparing(Kept::used).reversed());
        return tables;
    }

    private static String kindOfTables(Compressor compressor) {
        return compressor.identity() + "-tables";
    }

    private Path path(BlockKey key) {
        return directory
                .resolve(key.compressor())
                .resolve(key.sha256().substring(0, 2))
                .resolve(key.sha256());
    }

    private record Kept(Path file, long size, FileTime used) {}

    /** Deletes the blocks that were not used for the longest time until the rest is within the bound. */
    void trim() throws IOException {
        List<Kept> all = new ArrayList<>();
        for (Path compressor : directoriesIn(directory)) {
            for (Path group : directoriesIn(compressor)) {
                for (Path file : childrenOf(group)) {
                    look(file).ifPresent(all::add);
                }
            }
        }
        long size = all.stream().mapToLong(Kept::size).sum();
        all.sort(Comparator.comparing(Kept::used).thenComparing(Kept::file));
        for (Kept oldest : all) {
            if (size <= limit) {
                return;
            }
            Files.deleteIfExists(oldest.file());
            size -= oldest.size();
        }
    }

    private static Optional<Kept> look(Path file) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(new Kept(file, attributes.size(), attributes.lastModifiedTime()));
        } catch (NoSuchFileException deletedMeanwhile) {
            return Optional.empty();
        }
    }

    private static List<Path> directoriesIn(Path parent) throws IOException {
        return childrenOf(parent).stream()
                .filter(child -> Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)
                        && !child.getFileName().toString().startsWith("."))
                .toList();
    }

    private static List<Path> childrenOf(Path parent) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent)) {
            stream.forEach(children::add);
        } catch (NoSuchFileException deletedMeanwhile) {
            return List.of();
        }
        return children;
    }
}
