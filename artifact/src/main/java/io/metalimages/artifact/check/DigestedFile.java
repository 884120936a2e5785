package io.metalimages.artifact.check;

import io.metalimages.common.Digests;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** What is read once, and digested by other threads meanwhile. Belongs to one thread. */
final class DigestedFile extends FilterInputStream {

    private static final int BUFFER = 1 << 20;
    private static final int MOST_WAITING = 16;

    private final Digesting md5 = new Digesting(Digests.md5());
    private final Digesting sha256 = new Digesting(Digests.sha256());
    private final Semaphore room = new Semaphore(MOST_WAITING);
    private long bytes;

    DigestedFile(InputStream input) {
        super(input);
    }

    private final class Digesting {

        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final MessageDigest digest;

        Digesting(MessageDigest digest) {
            this.digest = digest;
        }

        void add(byte[] block) throws IOException {
            try {
                room.acquire();
            } catch (InterruptedException e) {
                throw interrupted();
            }
            thread.execute(() -> {
                digest.update(block);
                room.release();
            });
        }

        String finish() throws IOException {
            Future<String> hex = thread.submit(() -> HexFormat.of().formatHex(digest.digest()));
            try {
                return hex.get();
            } catch (InterruptedException e) {
                throw interrupted();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a digest could not be computed", e);
            }
        }
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        if (count > 0) {
            byte[] block = Arrays.copyOfRange(into, offset, offset + count);
            md5.add(block);
            sha256.add(block);
            bytes += count;
        }
        return count;
    }

    /** What is skipped belongs to the digests, too. */
    @Override
    public long skip(long count) throws IOException {
        byte[] skipped = new byte[(int) Math.min(BUFFER, Math.max(0, count))];
        return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Reads what is left. */
    ArtifactCheck.Sums finish() throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (read(buffer, 0, buffer.length) >= 0) {
            // digested
        }
        return new ArtifactCheck.Sums(bytes, md5.finish(), sha256.finish());
    }

    @Override
    public void close() throws IOException {
        md5.thread.shutdownNow();
        sha256.thread.shutdownNow();
        super.close();
    }
}
