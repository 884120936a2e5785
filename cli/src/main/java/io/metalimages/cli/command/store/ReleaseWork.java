package io.metalimages.cli.command.store;

import io.metalimages.cli.command.register.MetalApiAccess;
import io.metalimages.cli.command.register.MetalApiSettings;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.MetalApi;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.Release;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.push.ReleaseTags;
import io.metalimages.store.registration.Deprecation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images release} does. */
final class ReleaseWork {

    /**
     * What the user asks for.
     *
     * @param registry with the namespace
     * @param notes a file
     * @param base the public URL
     */
    record Request(
            String store,
            Optional<String> registry,
            Optional<String> notes,
            String from,
            Optional<String> base,
            boolean changeBase,
            boolean untested,
            boolean standIns,
            boolean dryRun,
            boolean plainHttp) {}

    private final Request request;
    private final OutputOptions options;
    private final CommandContext context;

    ReleaseWork(Request request, OutputOptions options, CommandContext context) {
        this.request = request;
        this.options = options;
        this.context = context;
    }

    void release(String date, Report report) throws IOException, InterruptedException {
        Channel.Release day = day(date);
        Channel from = Channel.parse(request.from());
        Optional<PublicUrl> given = request.base().map(PublicUrl::parse);
        if (request.changeBase() && request.base().isEmpty()) {
            throw FaultException.wrongInput(
                    "--change-url-base is for --url-base.", "Name the new address: --url-base URL");
        }
        Optional<Path> file = request.notes().map(ReleaseWork::file);
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open()) {
            display.begin(day.path(), request.dryRun() ? "planning" : "releasing");
            StoreSettings settings = new StoreSettings(store, display);
            settings.requireThere();
            PublicUrl base = settings.urlBase(given, keeping());
            Releaser releaser = new Releaser(store, display);
            Release release = releaser.plan(new Releaser.Options(
                    day, from, LocalDate.now(ZoneOffset.UTC), request.untested(), request.standIns()));
            List<ReleaseTags.TaggedImage> tagged = request.registry().isPresent()
                    ? release(releaser, release, base, request.registry().get(), display)
                    : release(releaser, release, base);
            String markdown = release.notes().toMarkdown(base);
            if (file.isPresent() && !request.dryRun()) {
                write(file.get(), markdown);
            }
            report.add(new ReleaseResult(store.address(), release, base, markdown, request.dryRun(), tagged));
        }
    }

    private static Channel.Release day(String date) {
        if (Channel.parse(date) instanceof Channel.Release day) {
            return day;
        }
        throw FaultException.wrongInput(
                "\"" + DisplayText.line(date) + "\" is no day.", "Name the release by its day, as in 20260601.");
    }

    private StoreSettings.Keeping keeping() {
        if (request.dryRun()) {
            return StoreSettings.Keeping.NOTHING;
        }
        return request.changeBase() ? StoreSettings.Keeping.ANY : StoreSettings.Keeping.FIRST;
    }

    /** Tells the store's readers, and metal-api if it is named, that nobody should use a release any more. */
    void withdraw(String date, MetalApiSettings settings, Report report) throws IOException, InterruptedException {
        Channel.Release day = day(date);
        if (request.dryRun()
                || request.registry().isPresent()
                || request.notes().isPresent()
                || request.base().isPresent()) {
            throw FaultException.wrongInput(
                    "--withdraw makes no release, and so no tags, notes or dry run.",
                    "Write: metal-images release " + day.path() + " --withdraw --store URL");
        }
        MetalApiAccess access = new MetalApiAccess(settings, context.environment());
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open()) {
            display.begin(day.path(), "withdrawing");
            new StoreSettings(store, display).requireThere();
            ChannelIndex withdrawn = new Releaser(store, display).withdraw(day);
            report.add(new WithdrawResult(
                    store.address(),
                    day,
                    withdrawn.withdrawn().orElseThrow(),
                    List.copyOf(withdrawn.images().keySet()),
                    access.isNamed() ? Optional.of(deprecate(day, withdrawn, access, display)) : Optional.empty()));
        }
    }

    private static List<String> deprecate(
            Channel.Release day, ChannelIndex withdrawn, MetalApiAccess access, Display display)
            throws IOException, InterruptedException {
        try (MetalApi metalApi = new MetalApi(access.options(note -> display.report(new Progress.Event.Note(note))))) {
            return new Deprecation(metalApi, InstantSource.system()).of(day, withdrawn);
        }
    }

    private List<ReleaseTags.TaggedImage> release(Releaser releaser, Release release, PublicUrl base) {
        releaser.perform(release, base, request.dryRun());
        return List.of();
    }

    /** The registry is asked before anything is done, and changed when all else is done. */
    private List<ReleaseTags.TaggedImage> release(
            Releaser releaser, Release release, PublicUrl base, String registry, Display display)
            throws InterruptedException {
        RegistryOptions talk =
                RegistryOptions.usual(request.plainHttp(), note -> display.report(new Progress.Event.Note(note)));
        try (ReleaseTags tags = new ReleaseTags(registry, talk, new CredentialFiles(context.environment()))) {
            List<ReleaseTags.TaggedImage> found = tags.find(release);
            releaser.perform(release, base, request.dryRun());
            if (!request.dryRun()) {
                tags.set(found);
            }
            return found;
        }
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
