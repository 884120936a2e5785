package io.metalimages.dockerfile.syntax;

import io.metalimages.dockerfile.patterns.IgnoreFile;
import java.util.List;
import java.util.Optional;

/**
 * What {@code COPY} and {@code ADD} have in common.
 *
 * @param sources what to copy, at least one, in the order of the file
 * @param destination where to, an unexpanded word
 * @param owner {@code --chown}, unexpanded
 * @param mode {@code --chmod}, unexpanded
 * @param link {@code --link}: whether the files form a layer that doesn't depend on what is below it
 * @param excludes the patterns of {@code --exclude}, for {@link IgnoreFile#of}
 */
public record Transfer(
        List<Origin> sources,
        String destination,
        Optional<String> owner,
        Optional<String> mode,
        boolean link,
        List<String> excludes) {

    public Transfer {
        sources = List.copyOf(sources);
        excludes = List.copyOf(excludes);
    }

    /** One thing to copy. */
    public sealed interface Origin {

        /** A path, pattern or address: an unexpanded word. */
        record Named(String word) implements Origin {}

        /** A file whose text stands in the Dockerfile; it is called like the here-document. */
        record Inline(Heredoc heredoc) implements Origin {}
    }
}
