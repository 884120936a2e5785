package io.metalimages.registry;

import io.metalimages.http.RetryPolicy;
import java.time.Duration;

/**
 * How to talk to a registry.
 *
 * @param plainHttp whether a registry that is not on this machine may be talked to without encryption
 * @param chunkBytes how many bytes of a blob are sent at once, so many are sent again after a failure; at least 1
 */
public record RegistryOptions(boolean plainHttp, RetryPolicy policy, int chunkBytes) {

    /** What fits most registries. */
    public static final RegistryOptions USUAL = new RegistryOptions(
            false, new RetryPolicy(6, Duration.ofMillis(500), Duration.ofMinutes(1), Duration.ofMinutes(2)), 32 << 20);

    public RegistryOptions {
        if (chunkBytes < 1) {
            throw new IllegalArgumentException("chunkBytes is at least 1");
        }
    }

    public RegistryOptions withPlainHttp(boolean allowed) {
        return new RegistryOptions(allowed, policy, chunkBytes);
    }
}
