package io.metalimages.artifact.export;

import io.metalimages.artifact.lz4.Block;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.Lz4Frame;
import io.metalimages.common.Digests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jpountz.xxhash.StreamingXXHash32;

/**
 * Writes the frame. The two digests of the file are computed while it is written, each by a thread of its own, and a third
 * one has the disk keep up. Methods are called by one thread at a time.
 */
public final class TarballWriter implements AutoCloseable {

    /** How many bytes are written before the disk is asked to have them, so that there is little to wait for at the end. */
    private static final long SYNC_INTERVAL = 32L << 20;

    private final FileChannel channel;
    private final Lane md5 = new Lane("artifact-md5", Digests.md5());
    private final Lane sha256 = new Lane("artifact-sha256", Digests.sha256());
    private final StreamingXXHash32 contentHash;
    private final ExecutorService syncing = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("artifact-sync").factory());
    private CompletableFuture<Void> sync = CompletableFuture.completedFuture(null);
    private long written;
    private long syncBegunAt;

    /** The digests of the finished file, lower-case hexadecimal. */
    record Sums(String md5, String sha256) {}

    /** Digests byte sequences in the order in which they are given. */
    private record Lane(ExecutorService thread, MessageDigest digest) {

        Lane(String name, MessageDigest digest) {
            this(
                    Executors.newSingleThreadExecutor(
                            Thread.ofPlatform().name(name).factory()),
                    digest);
        }

        CompletableFuture<Void> update(ByteBuffer bytes) {
            return CompletableFuture.runAsync(() -> digest.update(bytes), thread);
        }

        String result() {
            return CompletableFuture.supplyAsync(() -> HexFormat.of().formatHex(digest.digest()), thread)
                    .join();
        }
    }

    /** Creates {@code file}, which must not exist, and writes the frame's header. */
    TarballWriter(Path file, Compressor compressor) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.contentHash = compressor.contentHash();
        write(Lz4Frame.header(compressor.hash32()));
    }

    /** Bytes written so far. */
    long written() {
        return written;
    }

    /**
     * Writes a sealed block.
     *
     * @return completes when the block is not needed any more
     */
    CompletableFuture<Void> write(Block block) throws IOException {
        CompletableFuture<Void> digested =
                CompletableFuture.allOf(md5.update(block.frameBytes()), sha256.update(block.frameBytes()));
        contentHash.update(block.content, 0, block.length);
        writeToFile(block.frameBytes());
        return digested;
    }

    /** Writes the end of the frame and waits for the digests, and until the file is safe on disk. */
    Sums finish() throws IOException {
        write(Lz4Frame.end(contentHash.getValue()));
        awaitSync();
        channel.force(true);
        return new Sums(md5.result(), sha256.result());
    }

    /** Releases threads and memory; the file stays as it is. */
    @Override
    public void close() throws IOException {
        md5.thread().close();
        sha256.thread().close();
        syncing.close();
        contentHash.close();
        channel.close();
    }

    private void write(byte[] bytes) throws IOException {
        CompletableFuture<Void> digested =
                CompletableFuture.allOf(md5.update(ByteBuffer.wrap(bytes)), sha256.update(ByteBuffer.wrap(bytes)));
        writeToFile(ByteBuffer.wrap(bytes));
        digested.join();
    }

    private void writeToFile(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            written += channel.write(bytes);
        }
        if (written - syncBegunAt >= SYNC_INTERVAL && sync.isDone()) {
            awaitSync();
            syncBegunAt = written;
            sync = CompletableFuture.runAsync(this::sync, syncing);
        }
    }

    private void sync() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitSync() throws IOException {
        try {
            sync.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException failed) {
                throw failed.getCause();
            }
            throw e;
        }
    }
}
