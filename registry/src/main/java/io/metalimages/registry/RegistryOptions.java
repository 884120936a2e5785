package io.metalimages.registry;

import java.time.Duration;

/**
 * How to talk to a registry.
 *
 * @param plainHttp whether a registry that is not on this machine may be talked to without encryption
 * @param attempts how often something is tried altogether, at least 1
 * @param firstPause before the second attempt; doubled for each further one
 * @param longestPause the most that is waited, even if the registry asks for more
 * @param longestSilence how long the other side may neither take nor send a byte
 * @param chunkBytes how many bytes of a blob are sent at once, so many are sent again after a failure; at least 1
 */
public record RegistryOptions(
        boolean plainHttp,
        int attempts,
        Duration firstPause,
        Duration longestPause,
        Duration longestSilence,
        int chunkBytes) {

    /** What fits most registries. */
    public static final RegistryOptions USUAL = new RegistryOptions(
            false, 6, Duration.ofMillis(500), Duration.ofMinutes(1), Duration.ofMinutes(2), 32 << 20);

    public RegistryOptions {
        if (attempts < 1 || chunkBytes < 1) {
            throw new IllegalArgumentException("attempts and chunkBytes are at least 1");
        }
    }

    public RegistryOptions withPlainHttp(boolean allowed) {
        return new RegistryOptions(allowed, attempts, firstPause, longestPause, longestSilence, chunkBytes);
    }
}
