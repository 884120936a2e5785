package io.metalimages.store.object;

import java.io.IOException;
import java.io.InputStream;

/**
 * An object that is being read. To be closed.
 *
 * @param bytes the size of the whole object
 * @param version what is read, from the first byte to the last, whatever happens to the object meanwhile
 * @param content the bytes of the range that was asked for. Its end comes after the last of them; if they could not all be
 *     read, a {@link StoreException} comes instead
 */
public record ObjectReader(ObjectKey key, long bytes, ObjectVersion version, InputStream content)
        implements AutoCloseable {

    @Override
    public void close() throws IOException {
        content.close();
    }
}
