package io.metalimages.cli.command.store;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ContractInspection;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.supplychain.statement.GitCheckout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What {@code metal-images publish} does. */
final class PublishWork {

    private static final Path IMAGES = Path.of("images");

    /** What the user asks for. */
    record Request(
            String store,
            Optional<String> channel,
            boolean untested,
            boolean standIns,
            boolean unsigned,
            boolean create,
            boolean dryRun) {}

    private final Request request;
    private final OutputOptions options;
    private final CommandContext context;

    PublishWork(Request request, OutputOptions options, CommandContext context) {
        this.request = request;
        this.options = options;
        this.context = context;
    }

    void publish(List<String> images, Report report) throws IOException, InterruptedException {
        Channel channel = request.channel().isPresent()
                ? Channel.parse(request.channel().get())
                : new BuiltBranch(context.environment(), new GitCheckout(Path.of(""))).channel();
        SortedMap<ImageName, ArtifactLocation> found = find(images);
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open()) {
            display.begin(channel.path(), request.dryRun() ? "planning" : "publishing");
            StoreSettings settings = new StoreSettings(store, display);
            if (!request.create()) {
                settings.requireThere();
            }
            List<Publisher.Published> published = new Publisher(store, new ContractInspection(), display)
                    .publish(new Publisher.Options(
                            channel,
                            found,
                            request.untested(),
                            request.standIns(),
                            request.unsigned(),
                            request.dryRun()));
            if (request.create() && !request.dryRun()) {
                settings.create();
            }
            report.add(new PublishResult(store.address(), channel, request.dryRun(), published));
        }
    }

    /**
     * Puts earlier builds back into what is stable.
     *
     * @param build which; empty for those that were replaced last
     */
    void restore(List<String> images, Optional<String> build, Report report) throws IOException {
        boolean others =
                request.untested() || request.standIns() || request.unsigned() || request.create() || request.dryRun();
        if (images.isEmpty()
                || others
                || request.channel().filter(name -> !name.equals("stable")).isPresent()) {
            throw FaultException.wrongInput(
                    "--restore puts back named images into stable, at once.",
                    "Write: metal-images publish --restore debian/12 --store URL");
        }
        List<ImageName> names = images.stream().map(ImageName::parse).distinct().toList();
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open()) {
            display.begin("stable", "restoring");
            new StoreSettings(store, display).requireThere();
            Publisher publisher = new Publisher(store, new ContractInspection(), display);
            report.add(new RestoreResult(
                    store.address(),
                    new Channel.Stable(),
                    names.stream().map(name -> publisher.restore(name, build)).toList()));
        }
    }

    private static SortedMap<ImageName, ArtifactLocation> find(List<String> images) throws IOException {
        List<String> wanted = images.isEmpty() ? ArtifactLocation.names(IMAGES) : images;
        if (wanted.isEmpty()) {
            throw FaultException.wrongInput(
                    "There is no image in " + IMAGES + ".", "Build one: metal-images build debian/12");
        }
        SortedMap<ImageName, ArtifactLocation> found = new TreeMap<>();
        for (String image : wanted) {
            if (image.contains("://")) {
                throw FaultException.wrongInput(
                        "\"" + image + "\" is not on this machine.", "Name an image as in: ls " + IMAGES);
            }
            ArtifactLocation location = ImageArgument.local(image);
            found.put(name(location), location);
        }
        return found;
    }

    /** The name is in the directory's path, whichever way the user named it. */
    private static ImageName name(ArtifactLocation location) {
        Path directory = location.tarball().toAbsolutePath().normalize().resolveSibling("");
        int names = directory.getNameCount();
        return ImageName.parse(directory.subpath(Math.max(0, names - 2), names).toString());
    }
}
