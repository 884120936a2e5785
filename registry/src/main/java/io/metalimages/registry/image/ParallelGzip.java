package io.metalimages.registry.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses to one gzip member (RFC 1952) on several threads: pieces of {@value #PIECE} bytes, each with the end of the one
 * before as its dictionary, so that little is lost, and each ending at a byte, so that they can be put together. How many
 * threads there are changes nothing in the bytes. Belongs to one thread.
 */
final class ParallelGzip implements AutoCloseable {

    private static final int PIECE = 1 << 20;

    /** How far back deflate can refer. */
    private static final int WINDOW = 1 << 15;

    /** zlib's own choice: a level above takes twice as long for one per cent. */
    private static final int LEVEL = 6;

    /** No flags, no time, no name; from an unknown system. */
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private final ExecutorService threads;
    private final int mostPending;
    private final Output output;
    private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
    private final CRC32 checksum = new CRC32();
    private byte[] piece = new byte[PIECE];
    private int filled;
    private byte[] dictionary = new byte[0];
    private long size;

    /** Takes the compressed bytes, in order. */
    @FunctionalInterface
    interface Output {
        void write(byte[] bytes) throws IOException;
    }

    ParallelGzip(int threadCount, Output output) throws IOException {
        this.threads = Executors.newFixedThreadPool(threadCount);
        this.mostPending = 2 * threadCount;
        this.output = output;
        output.write(HEADER);
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        checksum.update(bytes, offset, length);
        size += length;
        int from = offset;
        int end = offset + length;
        while (from < end) {
            if (filled == PIECE) {
                compressPiece(false);
            }
            int step = Math.min(end - from, PIECE - filled);
            System.arraycopy(bytes, from, piece, filled, step);
            filled += step;
            from += step;
        }
    }

    /** Nothing more comes. */
    void finish() throws IOException {
        compressPiece(true);
        while (!pending.isEmpty()) {
            writeFirst();
        }
        output.write(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) checksum.getValue())
                .putInt((int) size)
                .array());
        close();
    }

    private void compressPiece(boolean last) throws IOException {
        while (pending.size() >= mostPending) {
            writeFirst();
        }
        byte[] plain = piece;
        int length = filled;
        byte[] before = dictionary;
        pending.add(threads.submit(() -> compress(plain, length, before, last)));
        if (!last) { // so it is full
            dictionary = Arrays.copyOfRange(plain, PIECE - WINDOW, PIECE);
            piece = new byte[PIECE];
            filled = 0;
        }
    }

    private static byte[] compress(byte[] plain, int length, byte[] dictionary, boolean last) {
        try (Deflater deflater = new Deflater(LEVEL, true)) {
            if (dictionary.length > 0) {
                deflater.setDictionary(dictionary);
            }
            deflater.setInput(plain, 0, length);
            if (last) {
                deflater.finish();
            }
            ByteArrayOutputStream compressed = new ByteArrayOutputStream(length / 2 + 64);
            byte[] buffer = new byte[1 << 16];
            int got;
            do {
                got = deflater.deflate(buffer, 0, buffer.length, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
                compressed.write(buffer, 0, got);
            } while (last ? !deflater.finished() : got == buffer.length);
            return compressed.toByteArray();
        }
    }

    private void writeFirst() throws IOException {
        try {
            output.write(pending.remove().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while compressing");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a piece could not be compressed", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
