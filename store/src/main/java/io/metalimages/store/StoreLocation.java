package io.metalimages.store;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import io.metalimages.store.object.gcs.GoogleLocation;
import io.metalimages.store.object.s3.S3Location;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a store is. A URL holds no credentials.
 *
 * @param text what the user wrote
 */
public record StoreLocation(String text) {

    private static final String FORMS =
            "Name a directory, as a path or as file:///DIRECTORY, or a bucket, as s3://BUCKET/PREFIX or "
                    + "gs://BUCKET/PREFIX.";

    /**
     * Opens the store; nothing is read or written yet.
     *
     * @throws FaultException if there is no store of that form
     */
    public ObjectStore open() {
        if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
            throw FaultException.wrongInput("A store cannot be named \"" + ObjectKey.shown(text) + "\".", FORMS);
        }
        if (!text.matches("(?i)[a-z][a-z0-9+.-]*:.*")) {
            return DirectoryStore.in(Path.of(text));
        }
        URI uri = uri();
        return switch (uri.getScheme().toLowerCase(Locale.ROOT)) {
            case "file" -> DirectoryStore.in(path(uri));
            case "s3" -> S3Location.open(uri);
            case "gs" -> GoogleLocation.open(uri);
            default ->
                throw FaultException.wrongInput("There is no kind of store for \"" + uri.getScheme() + ":\".", FORMS);
        };
    }

    private URI uri() {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            // Without the text: it may hold what is secret.
            throw FaultException.wrongInput(
                    "The store's URL is none: " + e.getReason() + " at character " + (e.getIndex() + 1) + ".", FORMS);
        }
    }

    private static Path path(URI uri) {
        boolean isLocal = Optional.ofNullable(uri.getAuthority()).isEmpty();
        if (!isLocal || uri.isOpaque() || uri.getQuery() != null || uri.getFragment() != null) {
            throw FaultException.wrongInput("\"" + uri + "\" does not name a directory of this machine.", FORMS);
        }
        return Path.of(uri);
    }
}
