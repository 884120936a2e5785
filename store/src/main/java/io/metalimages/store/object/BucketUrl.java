package io.metalimages.store.object;

import io.metalimages.common.FaultException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What is in the URL of a store in a bucket: {@code SCHEME://BUCKET/PREFIX?OPTION=VALUE&…}.
 *
 * @param name the bucket's
 * @param prefix empty, or with a slash at its end
 * @param options those that are there, by name
 */
public record BucketUrl(String scheme, String name, String prefix, Map<String, String> options) {

    private static final String ENDPOINT = "endpoint";

    /**
     * What a kind of store demands of its URLs.
     *
     * @param names what a bucket may be called
     * @param form a sentence that tells the user how to write one
     * @param credentials a sentence that tells the user where credentials belong
     */
    public record Rules(Pattern names, List<String> options, String form, String credentials) {}

    /**
     * Reads a store's URL.
     *
     * @throws FaultException if the URL has another form
     */
    public static BucketUrl parse(URI uri, Rules rules) {
        String name = Optional.ofNullable(uri.getAuthority()).orElse("");
        if (name.contains("@")) {
            throw FaultException.wrongInput("The URL of a bucket holds no credentials.", rules.credentials());
        }
        if (!rules.names().matcher(name).matches() || uri.getFragment() != null) {
            throw FaultException.wrongInput("\"" + name + "\" is not the name of a bucket.", rules.form());
        }
        String path = Optional.ofNullable(uri.getPath()).orElse("").replaceAll("^/+|/+$", "");
        String prefix = path.isEmpty() ? "" : new ObjectKey(path) + "/";
        return new BucketUrl(uri.getScheme().toLowerCase(Locale.ROOT), name, prefix, options(uri, rules.options()));
    }

    private static Map<String, String> options(URI uri, List<String> known) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String option : Optional.ofNullable(uri.getRawQuery()).orElse("").split("&")) {
            if (option.isEmpty()) {
                continue;
            }
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            if (equals < 0 || !known.contains(name)) {
                throw FaultException.wrongInput(
                        "There is no option \"" + ObjectKey.shown(name) + "\" of a bucket's URL that has a value.",
                        "There are " + String.join("=…, ", known) + "=…");
            }
            options.put(name, URLDecoder.decode(option.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return options;
    }

    public Optional<String> option(String name) {
        return Optional.ofNullable(options.get(name));
    }

    /**
     * What an option switches, if it is given.
     *
     * @throws FaultException if it is neither true nor false
     */
    public Optional<Boolean> flag(String name) {
        return option(name).map(value -> switch (value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw FaultException.wrongInput(
                        name + " is \"" + ObjectKey.shown(value) + "\", and neither true nor false.",
                        "Say " + name + "=true");
        });
    }

    /** The server, if it is named. */
    public Optional<URI> endpoint() {
        return option(ENDPOINT).map(BucketUrl::server);
    }

    /**
     * Reads the URL of a server.
     *
     * @throws FaultException if this is none
     */
    public static URI server(String text) {
        try {
            URI uri = URI.create(text);
            boolean isServer = List.of("http", "https")
                            .contains(Optional.ofNullable(uri.getScheme()).orElse(""))
                    && uri.getHost() != null;
            if (isServer && uri.getUserInfo() == null && uri.getQuery() == null && uri.getFragment() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Told below, without the text: it may hold what is secret.
        }
        throw FaultException.wrongInput(
                "The endpoint is not the URL of a server.",
                "Write endpoint=https://HOST or endpoint=http://HOST:PORT, without user, password and options.");
    }

    /** How messages call the store. */
    public String address(Optional<URI> endpoint) {
        return scheme + "://" + name + "/" + prefix
                + endpoint.map(server -> " at " + server).orElse("");
    }
}
