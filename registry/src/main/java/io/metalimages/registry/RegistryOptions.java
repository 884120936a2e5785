package io.metalimages.registry;

import io.metalimages.http.RetryPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * How to talk to a registry.
 *
 * @param plainHttp whether a registry that is not on this machine may be talked to without encryption
 * @param chunkBytes how many bytes of a blob are sent at once, so many are sent again after a failure; at least 1
 * @param notes receives a sentence about each failure that is not the last; may be called by several threads
 * @param encryption how certificates are checked; empty for how Java does. If it is given, a registry on this machine is
 *     talked to with encryption, too
 */
public record RegistryOptions(
        boolean plainHttp,
        RetryPolicy policy,
        int chunkBytes,
        Consumer<String> notes,
        Optional<SSLContext> encryption) {

    private static final RetryPolicy POLICY =
            new RetryPolicy(6, Duration.ofMillis(500), Duration.ofMinutes(1), Duration.ofMinutes(2));

    private static final int CHUNK_BYTES = 32 << 20;

    public RegistryOptions {
        if (chunkBytes < 1) {
            throw new IllegalArgumentException("chunkBytes is at least 1");
        }
    }

    /** How Java checks certificates. */
    public RegistryOptions(boolean plainHttp, RetryPolicy policy, int chunkBytes, Consumer<String> notes) {
        this(plainHttp, policy, chunkBytes, notes, Optional.empty());
    }

    /** For reading only. */
    public static RegistryOptions reading(
            boolean plainHttp, RetryPolicy policy, Consumer<String> notes, Optional<SSLContext> encryption) {
        return new RegistryOptions(plainHttp, policy, CHUNK_BYTES, notes, encryption);
    }

    /** What fits most registries. */
    public static RegistryOptions usual(boolean plainHttp, Consumer<String> notes) {
        return new RegistryOptions(plainHttp, POLICY, CHUNK_BYTES, notes);
    }
}
