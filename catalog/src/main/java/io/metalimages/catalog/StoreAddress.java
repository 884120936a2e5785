package io.metalimages.catalog;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import java.util.regex.Pattern;

/**
 * Where machines and browsers see the root of a store.
 *
 * @param url {@code https://images.example.com}, or with a path behind; no slash at the end
 */
public record StoreAddress(String url) {

    private static final Pattern FORM =
            Pattern.compile("https?://(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*");

    /** @throws FaultException if it has another form */
    public StoreAddress {
        if (!FORM.matcher(url).matches()) {
            throw FaultException.wrongInput(
                    "The address of the store's pages is none.",
                    "Name it as in https://images.example.com or https://example.com/some/path, without user, query or "
                            + "fragment.");
        }
    }

    /** The address of this form, with or without a slash at its end. */
    public static StoreAddress parse(String url) {
        return new StoreAddress(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
    }

    String of(ObjectKey key) {
        return url + "/" + key;
    }

    @Override
    public String toString() {
        return url;
    }
}
