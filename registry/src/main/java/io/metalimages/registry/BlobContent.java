package io.metalimages.registry;

import io.metalimages.http.RequestBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The bytes of a blob, any part of which can be sent any number of times. Thread-safe. */
@FunctionalInterface
interface BlobContent {

    /**
     * Sends {@code length} bytes from {@code offset} on.
     *
     * @param progress hears how many of them were taken
     */
    RequestBody part(long offset, long length, LongConsumer progress);

    /** A few bytes. */
    static BlobContent of(byte[] bytes) {
        return (offset, length, progress) -> RequestBody.of(bytes, (int) offset, (int) length);
    }

    /** A file that stays as it is. */
    static BlobContent of(FileChannel file) {
        return (offset, length, progress) ->
                RequestBody.of(() -> new Part(file, offset, offset + length, progress), length);
    }

    /** Reads a part of a file that others read, too. */
    final class Part extends InputStream {

        private final FileChannel channel;
        private final long start;
        private final long end;
        private final LongConsumer progress;
        private long position;

        Part(FileChannel channel, long start, long end, LongConsumer progress) {
            this.channel = channel;
            this.start = start;
            this.end = end;
            this.progress = progress;
            this.position = start;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte @Nullable [] into, int offset, int length) throws IOException {
            if (position == end) {
                return -1;
            }
            int wanted = (int) Math.min(length, end - position);
            int read = channel.read(ByteBuffer.wrap(into, offset, wanted), position);
            if (read < 0) {
                throw new IOException("the file became shorter while it was sent");
            }
            position += read;
            progress.accept(position - start);
            return read;
        }
    }
}
