package io.metalimages.build.base;

import io.metalimages.common.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A distribution that an image starts from, bootstrapped from its archive.
 *
 * @param name what the Dockerfile calls it, {@code debian:bookworm}
 * @param recipe what was bootstrapped, and how
 * @param namedByEnvironment whether the environment named the archive, in place of this machine's configuration
 * @param standIn what its packages really are, if a stand-in for the distribution's archive was used
 * @param lists the archive's signed lists that it is made from
 */
public record UsedBase(
        String name, String recipe, boolean namedByEnvironment, Optional<String> standIn, List<SignedList> lists) {

    public UsedBase {
        lists = List.copyOf(lists);
    }

    /**
     * A list of what a part of an archive holds. Its signature was checked, or that of each package in it that was installed.
     *
     * @param address of the list: of an {@code InRelease}, or of rpm's {@code repomd.xml}
     * @param suite {@code bookworm-security}; the name of a repository of rpm's
     * @param date when the suite was last changed, as the list says
     */
    public record SignedList(String address, String suite, Digest content, Instant date) {}
}
