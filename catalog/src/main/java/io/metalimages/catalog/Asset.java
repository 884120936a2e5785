package io.metalimages.catalog;

import io.metalimages.common.Digest;
import io.metalimages.store.object.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A file that pages need, named by its content, so that browsers may keep it. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Asset(ObjectKey key, byte[] content) {

    static Asset of(String name, String ending, byte[] content) {
        return new Asset(
                SitePages.DIRECTORY.resolve(
                        "assets/" + name + "." + Digest.of(content).hex() + "." + ending),
                content);
    }

    /** A file beside this class. */
    static Asset resource(String name, String ending) {
        try (InputStream input = Asset.class.getResourceAsStream(name + "." + ending)) {
            if (input == null) {
                throw new IllegalStateException("The program lacks its " + name + "." + ending);
            }
            return of(name, ending, input.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
