package io.metalimages.engine.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The regular files of an archive that is not compressed, to be read in any order and side by side. Thread-safe. */
public final class ArchiveIndex implements AutoCloseable {

    private static final int MOST_FILES = 100_000;

    private final FileChannel archive;
    private final Map<String, Place> files = new HashMap<>();

    private record Place(long offset, long size) {}

    private ArchiveIndex(FileChannel archive) {
        this.archive = archive;
    }

    /**
     * Looks for the files of an archive, passing over what is in them.
     *
     * @param channel at its beginning; is closed with the index, or if there is none
     * @throws InvalidArchiveException if it is damaged or no archive, or has too many files
     */
    public static ArchiveIndex of(FileChannel channel) throws IOException {
        ArchiveIndex index = new ArchiveIndex(channel);
        try {
            TarReader reader = new TarReader(Channels.newInputStream(channel));
            for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                if (entry.get().type() == TarEntry.Type.FILE) {
                    String name = String.join(
                            "/", EntryLocation.of(entry.get().name()).names());
                    index.files.put(
                            name, new Place(channel.position(), entry.get().size()));
                    if (index.files.size() > MOST_FILES) {
                        throw new InvalidArchiveException("it has more than " + MOST_FILES + " files");
                    }
                }
            }
            return index;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The content of a file; empty if there is none. */
    public Optional<InputStream> open(String name) {
        return Optional.ofNullable(files.get(name)).map(Part::new);
    }

    @Override
    public void close() throws IOException {
        archive.close();
    }

    private final class Part extends InputStream {

        private final long end;
        private long position;

        Part(Place place) {
            this.position = place.offset();
            this.end = place.offset() + place.size();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (position == end) {
                return -1;
            }
            int count = archive.read(ByteBuffer.wrap(buffer, offset, (int) Math.min(length, end - position)), position);
            if (count < 0) {
                throw new InvalidArchiveException("it ends in the middle of a file");
            }
            position += count;
            return count;
        }
    }
}
