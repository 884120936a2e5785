package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.Suggestion;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The instructions of the language: how each splits what follows it, and the flags that it knows. */
enum Keyword {
    ADD(Shape.JSON_OR_WORDS),
    ARG(Shape.QUOTED_WORDS),
    CMD(Shape.JSON_OR_TEXT),
    COPY(Shape.JSON_OR_WORDS),
    ENTRYPOINT(Shape.JSON_OR_TEXT),
    ENV(Shape.ASSIGNMENTS),
    EXPOSE(Shape.WORDS),
    FROM(Shape.WORDS),
    HEALTHCHECK(Shape.CHECK),
    LABEL(Shape.ASSIGNMENTS),
    MAINTAINER(Shape.TEXT),
    ONBUILD(Shape.TRIGGER),
    RUN(Shape.JSON_OR_TEXT),
    SHELL(Shape.JSON_OR_TEXT),
    STOPSIGNAL(Shape.TEXT),
    USER(Shape.TEXT),
    VOLUME(Shape.JSON_OR_WORDS),
    WORKDIR(Shape.TEXT);

    /** How the text after keyword and flags is split. */
    enum Shape {
        /** Not at all. */
        TEXT,
        /** At blanks. */
        WORDS,
        /** At white space outside quotes. */
        QUOTED_WORDS,
        /** As {@code name=value …} or {@code name value}. */
        ASSIGNMENTS,
        /** As a JSON array of strings, or not at all. */
        JSON_OR_TEXT,
        /** As a JSON array of strings, or at blanks. */
        JSON_OR_WORDS,
        /** As a word and a command. */
        CHECK,
        /** As an instruction. */
        TRIGGER
    }

    private final Shape shape;

    Keyword(Shape shape) {
        this.shape = shape;
    }

    /** @throws DockerfileException if the word, whatever its case, is no keyword */
    static Keyword of(String word, SourceRange range) {
        return named(word)
                .orElseThrow(() -> new DockerfileException(
                        range, "There is no instruction " + Excerpt.of(word) + ".", Suggestion.hint(word, names())));
    }

    private static Optional<Keyword> named(String word) {
        String name = word.toUpperCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(keyword -> keyword.name().equals(name))
                .findFirst();
    }

    private static List<String> names() {
        return Arrays.stream(values()).map(Keyword::name).toList();
    }

    Shape shape() {
        return shape;
    }

    List<Flag> flags() {
        return switch (this) {
            case ADD ->
                List.of(Flag.CHOWN, Flag.CHMOD, Flag.LINK, Flag.CHECKSUM, Flag.KEEP_GIT_DIR, Flag.UNPACK, Flag.EXCLUDE);
            case COPY -> List.of(Flag.FROM, Flag.CHOWN, Flag.CHMOD, Flag.LINK, Flag.PARENTS, Flag.EXCLUDE);
            case FROM -> List.of(Flag.PLATFORM);
            case HEALTHCHECK ->
                List.of(Flag.INTERVAL, Flag.TIMEOUT, Flag.START_PERIOD, Flag.START_INTERVAL, Flag.RETRIES);
            case RUN -> List.of(Flag.MOUNT, Flag.NETWORK, Flag.SECURITY, Flag.DEVICE);
            case ARG, CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, MAINTAINER -> List.of();
            case ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR -> List.of();
        };
    }

    /** Whether here-documents may follow the instruction itself; {@link #ONBUILD} leaves that to its trigger. */
    boolean takesHeredocs() {
        return this == ADD || this == COPY || this == RUN;
    }
}
