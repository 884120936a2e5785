package io.metalimages.pipeline;

import io.metalimages.build.Definition;
import io.metalimages.common.FaultException;
import io.metalimages.supplychain.statement.GitCheckout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The time that an image's files get if they were made by the build, so that the same sources give the same image.
 *
 * <p>It is what {@code --epoch} says, else the environment variable {@code SOURCE_DATE_EPOCH}
 * (reproducible-builds.org/specs/source-date-epoch), else the time of the commit that is checked out where the definition
 * is. Where there is no commit it is the modification time of the definition's youngest file: what unpacks a source
 * archive sets those to the commit's time.
 */
public final class SourceDate {

    /** The latest time that a tar header holds, in the year 2242. */
    private static final long LATEST = (1L << 33) - 1;

    private SourceDate() {}

    /** The time that is given, for all images; empty if it is to be found for each. */
    public static Optional<Instant> given(Optional<String> option, Map<String, String> environment) {
        if (option.isPresent()) {
            return option.map(text -> parse("--epoch", text));
        }
        return Optional.ofNullable(environment.get("SOURCE_DATE_EPOCH"))
                .filter(text -> !text.isEmpty())
                .map(text -> parse("SOURCE_DATE_EPOCH", text));
    }

    private static Instant parse(String origin, String text) {
        if (text.matches("[0-9]{1,10}") && Long.parseLong(text) <= LATEST) {
            return Instant.ofEpochSecond(Long.parseLong(text));
        }
        throw FaultException.wrongInput(
                origin + " is \"" + text + "\", which is not a time in seconds since 1970.",
                "Give a whole number from 0 to " + LATEST + ", for instance the output of: git log -1 --format=%ct");
    }

    /**
     * The time of the sources of {@code definition}.
     *
     * @param notes is told when there was no commit to take it from
     */
    public static Instant of(Definition definition, Consumer<String> notes) throws IOException, InterruptedException {
        Optional<Instant> commit = commit(definition.context());
        if (commit.isPresent()) {
            return commit.get();
        }
        Instant youngest = youngest(definition);
        notes.accept("No commit gives the time for " + definition.name() + ". It is " + youngest
                + ", the youngest file's; SOURCE_DATE_EPOCH sets another.");
        return youngest;
    }

    private static Optional<Instant> commit(Path directory) throws IOException, InterruptedException {
        return new GitCheckout(directory)
                .ask("log", "-1", "--format=%ct")
                .filter(time -> time.matches("[0-9]{1,10}"))
                .map(time -> Instant.ofEpochSecond(Math.min(Long.parseLong(time), LATEST)));
    }

    private static Instant youngest(Definition definition) throws IOException {
        try (Stream<Path> files = Files.walk(definition.context())) {
            return Stream.concat(Stream.of(definition.dockerfile()), files)
                    .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(SourceDate::modified)
                    .max(Instant::compareTo)
                    .orElse(Instant.EPOCH);
        }
    }

    private static Instant modified(Path file) {
        try {
            long seconds = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .getEpochSecond();
            return Instant.ofEpochSecond(Math.clamp(seconds, 0, LATEST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
