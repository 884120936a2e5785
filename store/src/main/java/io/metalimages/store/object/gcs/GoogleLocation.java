package io.metalimages.store.object.gcs;

import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebOptions;
import io.metalimages.store.object.BucketUrl;
import io.metalimages.store.object.ObjectStore;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Opens {@code gs://BUCKET/PREFIX?endpoint=URL&credentials=none}. Without an endpoint the variable
 * {@code STORAGE_EMULATOR_HOST} names the server, as it does for Google's own libraries, and then without credentials;
 * otherwise it is Google's. For credentials see {@link GoogleCredentials}.
 */
public final class GoogleLocation {

    /** Google wants multiples of 256 KiB. */
    private static final int PART_BYTES = 16 << 20;

    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    private static final URI GOOGLE = URI.create("https://storage.googleapis.com");

    private static final BucketUrl.Rules RULES = new BucketUrl.Rules(
            // cloud.google.com/storage/docs/buckets#naming
            Pattern.compile("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"),
            List.of("endpoint", "credentials"),
            "Write gs://BUCKET/PREFIX, or, for another server than Google's, gs://BUCKET/PREFIX?endpoint=https://HOST",
            "Set GOOGLE_APPLICATION_CREDENTIALS to the file of a key, or log in by: gcloud auth application-default login");

    private GoogleLocation() {}

    /**
     * Opens the store that a URL names.
     *
     * @throws FaultException if the URL has another form
     */
    public static ObjectStore open(URI uri) {
        return open(uri, System.getenv(), PART_BYTES);
    }

    public static GoogleStore open(URI uri, Map<String, String> environment, int partBytes) {
        return open(uri, environment, partBytes, LONGEST_SILENCE);
    }

    public static GoogleStore open(URI uri, Map<String, String> environment, int partBytes, Duration silence) {
        BucketUrl url = BucketUrl.parse(uri, RULES);
        Optional<URI> emulator = Optional.ofNullable(environment.get("STORAGE_EMULATOR_HOST"))
                .filter(host -> !host.isEmpty())
                .map(host -> BucketUrl.server(host.contains("://") ? host : "http://" + host));
        Optional<URI> endpoint = url.endpoint();
        boolean anonymous = url.option("credentials")
                .map(GoogleLocation::requireNone)
                .orElse(endpoint.isEmpty() && emulator.isPresent());
        Optional<URI> server = endpoint.or(() -> emulator);
        if (!anonymous) {
            server.ifPresent(GoogleLocation::requirePrivate);
        }
        String address = url.address(server);
        // One attempt, as RetryingStore makes the others.
        RetryPolicy policy = new RetryPolicy(1, Duration.ZERO, Duration.ZERO, silence);
        WebClient client = new WebClient(WebOptions.following(policy).withoutRedirects());
        GoogleConnection connection = new GoogleConnection(
                client,
                server.orElse(GOOGLE),
                anonymous ? Optional.empty() : Optional.of(new GoogleTokens(client, environment, address)),
                address);
        return new GoogleStore(connection, url.name(), url.prefix(), partBytes);
    }

    private static boolean requireNone(String value) {
        if (!value.equals("none")) {
            throw FaultException.wrongInput(
                    "The URL of a bucket holds no credentials.",
                    "Leave credentials out, or say credentials=none for a bucket that everybody may use.");
        }
        return true;
    }

    private static void requirePrivate(URI server) {
        if (server.getScheme().equals("http") && !GoogleConnection.isThisMachine(server)) {
            throw FaultException.wrongInput(
                    "The token would go to " + server + " in the open.",
                    "Write endpoint=https://HOST, or say credentials=none.");
        }
    }
}
