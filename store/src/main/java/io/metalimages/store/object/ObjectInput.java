package io.metalimages.store.object;

import java.io.IOException;
import java.io.InputStream;

/** The content of an object, which has to come to its end. */
public final class ObjectInput extends LimitedInput {

    private final ObjectKey key;
    private final String address;

    public ObjectInput(InputStream input, long bytes, ObjectKey key, String address) {
        super(input, bytes);
        this.key = key;
        this.address = address;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count;
        try {
            count = super.read(buffer, offset, length);
        } catch (IOException e) {
            throw new StoreException.Unavailable(
                    "Reading " + key + " from " + address + " failed: " + e.getMessage() + ".", e);
        }
        if (count < 0 && left() > 0) {
            throw new StoreException.Unavailable(
                    "Reading " + key + " from " + address + " failed: it ended " + left() + " bytes too early.", null);
        }
        return count;
    }
}
