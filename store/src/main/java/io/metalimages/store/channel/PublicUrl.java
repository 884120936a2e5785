package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import java.util.regex.Pattern;

/**
 * Where machines and browsers see the root of a store.
 *
 * @param url {@code https://images.example.com}, or with a path behind; no slash at the end
 */
public record PublicUrl(String url) {

    private static final Pattern FORM =
            Pattern.compile("https?://(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*");

    /** @throws FaultException if it has another form */
    public PublicUrl {
        if (!FORM.matcher(url).matches()) {
            throw FaultException.wrongInput(
                    "The value of --url-base is not an address that machines could fetch from.",
                    "Name it as in https://images.example.com or https://example.com/some/path, without user, query or "
                            + "fragment.");
        }
    }

    /** The address of this form, with or without slashes at its end. */
    public static PublicUrl parse(String url) {
        return new PublicUrl(url.replaceFirst("/+$", ""));
    }

    /** Where an object is seen. */
    public String of(ObjectKey key) {
        return url + "/" + key;
    }

    @Override
    public String toString() {
        return url;
    }
}
