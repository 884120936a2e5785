package io.metalimages.cli.command.store;

import io.metalimages.cli.command.register.MetalApiAccess;
import io.metalimages.cli.command.register.MetalApiSettings;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.MetalApi;
import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.retention.PrunePlan;
import io.metalimages.store.retention.Pruner;
import io.metalimages.store.retention.Retention;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images prune} does. */
final class PruneWork {

    static final int USUAL_TRASH_DAYS = 7;

    /** How long what stays, as the user gave it. */
    record Numbers(int pullRequestDays, int releases, int releaseDays, int trashDays) {}

    /**
     * What the user asks for.
     *
     * @param restore a channel
     */
    record Request(
            String store,
            Numbers numbers,
            MetalApiSettings api,
            boolean noneRegistered,
            boolean yes,
            boolean dryRun,
            Optional<String> restore) {}

    private final Request request;
    private final OutputOptions options;
    private final CommandContext context;

    PruneWork(Request request, OutputOptions options, CommandContext context) {
        this.request = request;
        this.options = options;
        this.context = context;
    }

    void prune(Report report) throws IOException, InterruptedException {
        requireSense();
        Optional<Channel> restored = request.restore().map(Channel::parse);
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open();
                Pruner pruner = new Pruner(store, display)) {
            display.begin("prune", restored.isPresent() ? "restoring" : request.yes() ? "pruning" : "planning");
            new StoreSettings(store, display).requireThere();
            if (restored.isPresent()) {
                report.add(new RestoreResult(store.address(), restored.get(), pruner.restore(restored.get())));
            } else {
                report.add(prune(pruner, store.address(), display));
            }
        }
    }

    private PruneResult prune(Pruner pruner, String store, Display display) throws IOException, InterruptedException {
        Numbers numbers = request.numbers();
        Pruner.Options pruning = new Pruner.Options(
                new Retention(numbers.pullRequestDays(), numbers.releases(), numbers.releaseDays()),
                registered(display),
                Duration.ofDays(numbers.trashDays()));
        PrunePlan plan = pruner.plan(pruning);
        return new PruneResult(
                store,
                plan,
                numbers.trashDays(),
                request.yes() ? Optional.of(pruner.perform(plan, pruning)) : Optional.empty());
    }

    private void requireSense() {
        Numbers numbers = request.numbers();
        require(numbers.pullRequestDays() >= 0 && numbers.releaseDays() >= 0, "No number of days is below 0.");
        require(numbers.releases() >= 1, "At least one release has to be kept: --keep-releases 1.");
        require(
                numbers.trashDays() >= 1,
                "The trash period is at least a day: whoever publishes meanwhile relies on it. Say --trash-days 1.");
        require(!request.yes() || !request.dryRun(), "--yes and --dry-run contradict each other.");
        require(
                !request.restore().isPresent() || !request.dryRun(),
                "--restore changes something, and so no --dry-run.");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw FaultException.wrongInput(message, "See: metal-images prune --help");
        }
    }

    /** What metal-api lists. Whatever goes wrong ends the work, as nothing may be deleted then. */
    private List<RegisteredImage> registered(Display display) throws IOException, InterruptedException {
        MetalApiAccess access = new MetalApiAccess(request.api(), context.environment());
        if (!access.isNamed()) {
            if (request.yes() && !request.noneRegistered()) {
                throw FaultException.wrongInput(
                        "No metal-api is named, so nobody can tell which images are in use.",
                        "Name it by --api URL. If there is none, say --none-registered.");
            }
            display.report(new Progress.Event.Note("No metal-api is named: images in use are not known."));
            return List.of();
        }
        try (MetalApi metalApi = new MetalApi(access.options(note -> display.report(new Progress.Event.Note(note))))) {
            List<RegisteredImage> registered = metalApi.imagesWithUsage();
            if (registered.isEmpty() && !request.noneRegistered()) {
                throw FaultException.wrongInput(
                        "metal-api lists no image at all. That is more likely a mistake than true.",
                        "Look at it: metalctl image list. If it is true, say --none-registered.");
            }
            return registered;
        }
    }
}
