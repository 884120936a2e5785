package io.metalimages.cli.command.store;

import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Surroundings;
import io.metalimages.cli.display.Ticker;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.engine.Progress;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.Release;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.push.ReleaseTags;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images release} does. */
final class ReleaseWork {

    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(100);

    /**
     * What the user asks for.
     *
     * @param registry with the namespace
     * @param notes a file
     * @param base the public URL
     */
    record Wishes(
            String store,
            Optional<String> registry,
            Optional<String> notes,
            String from,
            String base,
            boolean untested,
            boolean standIns,
            boolean dryRun,
            boolean plainHttp) {}

    private final Wishes wishes;
    private final OutputOptions options;
    private final Surroundings surroundings;

    ReleaseWork(Wishes wishes, OutputOptions options, Surroundings surroundings) {
        this.wishes = wishes;
        this.options = options;
        this.surroundings = surroundings;
    }

    void release(String date, Report report) throws IOException, InterruptedException {
        if (!(Channel.parse(date) instanceof Channel.Release day)) {
            throw FaultException.wrongInput(
                    "\"" + DisplayText.line(date) + "\" is no day.", "Name the release by its day, as in 20260601.");
        }
        Channel from = Channel.parse(wishes.from());
        String base = base();
        Optional<Path> file = wishes.notes().map(ReleaseWork::file);
        try (Display display = Display.of(options, surroundings);
                Ticker ticker = new Ticker(BETWEEN_DRAWINGS, display::tick);
                ObjectStore store = new StoreLocation(wishes.store()).open()) {
            ticker.start();
            surroundings.interruption().watch(display::interrupted);
            display.begin(day.path(), wishes.dryRun() ? "planning" : "releasing");
            Releaser releaser = new Releaser(store, display);
            Release release = releaser.plan(new Releaser.Wishes(
                    day, from, LocalDate.now(ZoneOffset.UTC), wishes.untested(), wishes.standIns()));
            List<ReleaseTags.TaggedImage> tagged = wishes.registry().isPresent()
                    ? release(releaser, release, base, wishes.registry().get(), display)
                    : release(releaser, release, base);
            String markdown = release.notes().toMarkdown(base);
            if (file.isPresent() && !wishes.dryRun()) {
                write(file.get(), markdown);
            }
            report.add(new ReleaseResult(store.address(), release, base, markdown, wishes.dryRun(), tagged));
        }
    }

    private List<ReleaseTags.TaggedImage> release(Releaser releaser, Release release, String base) {
        releaser.perform(release, base, wishes.dryRun());
        return List.of();
    }

    /** The registry is asked before anything is done, and changed when all else is done. */
    private List<ReleaseTags.TaggedImage> release(
            Releaser releaser, Release release, String base, String registry, Display display)
            throws InterruptedException {
        RegistryOptions talk =
                RegistryOptions.usual(wishes.plainHttp(), note -> display.report(new Progress.Event.Note(note)));
        try (ReleaseTags tags = new ReleaseTags(registry, talk, new CredentialFiles(surroundings.environment()))) {
            List<ReleaseTags.TaggedImage> found = tags.find(release);
            releaser.perform(release, base, wishes.dryRun());
            if (!wishes.dryRun()) {
                tags.set(found);
            }
            return found;
        }
    }

    private String base() {
        try {
            URI uri = new URI(wishes.base());
            boolean isPlain = uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
            if (uri.getHost() != null && uri.getScheme().matches("https?") && isPlain) {
                return wishes.base().replaceFirst("/+$", "");
            }
        } catch (URISyntaxException e) {
            throw FaultException.wrongInput(
                    "--url-base is no URL: " + e.getReason() + ".",
                    "Give one such as " + RegisterWork.USUAL_URL_BASE + ".");
        }
        throw FaultException.wrongInput(
                "--url-base is not the URL of a store: http or https, a host, and maybe a path.",
                "Give one such as " + RegisterWork.USUAL_URL_BASE + ".");
    }

    private static Path file(String text) {
        try {
            Path file = Path.of(text);
            if (!Files.isDirectory(file)
                    && Files.isDirectory(file.toAbsolutePath().resolveSibling(""))) {
                return file;
            }
        } catch (InvalidPathException e) {
            throw FaultException.wrongInput("\"" + text + "\" is no name of a file: " + e.getReason() + ".", null);
        }
        throw FaultException.wrongInput(
                "The notes cannot be written to " + DisplayText.line(text) + ".",
                "Name a file in a directory that there is.");
    }

    private static void write(Path file, String markdown) {
        try {
            Files.writeString(file, markdown);
        } catch (IOException e) {
            throw FaultException.failed(
                    "The release is made, but " + file + " cannot be written: " + InputOutputReason.of(e) + ".", e);
        }
    }
}
