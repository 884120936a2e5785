package io.metalimages.store.object;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes to be written to a store. Thread-safe; can be read any number of times. */
public sealed interface Content {

    /** What the bytes have to be. A store accepts no others. */
    Fingerprint fingerprint();

    /** Those bytes that are in {@code range}. */
    InputStream open(ByteRange range) throws IOException;

    default long bytes() {
        return fingerprint().bytes();
    }

    /** The bytes of {@code array}, which must not be changed any more. */
    static Content of(byte[] array) {
        return new InMemory(array, Fingerprint.of(array));
    }

    /** The content of a file that is known to have this fingerprint; it is not computed here. */
    static Content ofFile(Path file, Fingerprint fingerprint) {
        return new InFile(file, fingerprint);
    }

    /** Bytes in memory. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record InMemory(byte[] array, Fingerprint fingerprint) implements Content {

        @Override
        public InputStream open(ByteRange range) {
            int start = (int) Math.min(range.start(), array.length);
            return new ByteArrayInputStream(array, start, (int) range.within(array.length));
        }
    }

    /** Bytes in a file. */
    record InFile(Path file, Fingerprint fingerprint) implements Content {

        @Override
        public InputStream open(ByteRange range) throws IOException {
            SeekableByteChannel channel = Files.newByteChannel(file);
            try {
                channel.position(range.start());
                return range.length() == Long.MAX_VALUE
                        ? Channels.newInputStream(channel)
                        : new LimitedInput(Channels.newInputStream(channel), range.length());
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        }
    }
}
