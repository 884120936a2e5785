package io.metalimages.build.base;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a repository of rpm's held: its {@code repomd.xml}, which has the digests of the lists that in turn have those of the
 * packages.
 *
 * @param repository its name
 * @param date when the newest of the lists was made
 * @param standIn what the packages really are, if this is a stand-in for the distribution's archive; see
 *     os/tests/archives
 */
record RepositoryIndex(String repository, Digest content, Instant date, Optional<String> standIn) {

    private static final Pattern TIMESTAMP = Pattern.compile("<timestamp>([0-9]{1,11})(?:\\.[0-9]*)?</timestamp>");
    private static final Pattern STAND_IN = Pattern.compile("<content>stand-in: ([^<]+)</content>");

    /** @throws FaultException if it lists nothing */
    static RepositoryIndex parse(String repository, String address, byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        long date = TIMESTAMP
                .matcher(text)
                .results()
                .mapToLong(time -> Long.parseLong(time.group(1)))
                .max()
                .orElseThrow(() -> FaultException.remote(
                        address + "/repodata/repomd.xml can't be read: it lists nothing.",
                        "Try again later, or name another archive."));
        Matcher standIn = STAND_IN.matcher(text);
        return new RepositoryIndex(
                repository,
                Digest.of(content),
                Instant.ofEpochSecond(date),
                standIn.find() ? Optional.of(standIn.group(1)) : Optional.empty());
    }
}
