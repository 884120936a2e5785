package io.metalimages.store.object;

import java.util.regex.Pattern;

/**
 * What a web server says of an object, where the store is one. It follows from the object's name, so that it holds for
 * copies, too.
 *
 * @param contentType the media type, as in RFC 9110
 * @param cacheControl as in RFC 9111: a name with the SHA-256 of its content in it can be kept for ever, any other is to be
 *     asked for again, as the parts of an image that is replaced must fit together
 */
public record WebHeaders(String contentType, String cacheControl) {

    private static final Pattern NAMED_BY_CONTENT = Pattern.compile("(?:.*[.])?[0-9a-f]{64}(?:[.].*)?");

    public static WebHeaders of(ObjectKey key) {
        String name = key.name();
        return new WebHeaders(
                mediaType(name.substring(name.lastIndexOf('.') + 1)),
                NAMED_BY_CONTENT.matcher(name).matches() ? "public, max-age=31536000, immutable" : "no-cache");
    }

    private static String mediaType(String ending) {
        return switch (ending) {
            case "json" -> "application/json";
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            case "txt", "md5", "sha256" -> "text/plain; charset=utf-8";
            default -> "application/octet-stream";
        };
    }
}
