package io.metalimages.cli.command.push;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.command.ImagePlace;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.Attachment;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.Registry;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.registry.Repository;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.push.ImagePusher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What {@code metal-images push} does: from an artifact to an image in a registry. */
final class PushWork {

    private static final long BETWEEN_REPORTS = Duration.ofMillis(500).toNanos();

    /** See the OCI image specification's annotations.md. */
    private static final Set<String> KNOWN_ANNOTATIONS = Set.of(
            "created",
            "authors",
            "url",
            "documentation",
            "source",
            "version",
            "revision",
            "vendor",
            "licenses",
            "ref.name",
            "title",
            "description",
            "base.digest",
            "base.name");

    private final Request request;
    private final OutputOptions options;
    private final CommandContext context;

    /**
     * What the user gave.
     *
     * @param to registry and namespace
     * @param name what the image is called
     * @param attachments {@code FILE:TYPE} each
     * @param annotations {@code NAME=VALUE} each
     */
    record Request(
            String to,
            Optional<String> name,
            List<String> tags,
            List<String> attachments,
            List<String> annotations,
            boolean plainHttp) {}

    PushWork(Request request, OutputOptions options, CommandContext context) {
        this.request = request;
        this.options = options;
        this.context = context;
    }

    void push(String image, Report report) throws IOException, InterruptedException {
        ImagePlace place = request.name().map(ImagePlace::named).orElseGet(() -> ImagePlace.of(image));
        ImageName name = place.name();
        ImageReference target = ImageReference.parse(request.to().replaceFirst("/+$", "") + "/" + name.os());
        if (target.tag().isPresent() || target.digest().isPresent()) {
            throw FaultException.wrongInput("--to takes neither a tag nor a digest.", "Give tags by: --tag TAG");
        }
        List<String> tags = request.tags().isEmpty() ? List.of(place.tag()) : request.tags();
        tags.forEach(target::withTag);
        Map<String, String> annotations = annotations();
        List<Attachment> attachments = attachments();

        try (Display display = Display.open(options, context);
                ImageArgument argument = new ImageArgument(context, display)) {
            ArtifactLocation location = argument.find(image);
            display.begin(name.toString(), "pushing");
            try (Registry registry = new Registry(
                            target.registry(),
                            RegistryOptions.usual(
                                    request.plainHttp(), note -> display.report(new Progress.Event.Note(note))),
                            new CredentialFiles(context.environment()));
                    WorkDirectory work = WorkDirectory.open(
                            StateDirectory.fromEnvironment(context.environment(), Privilege.isRoot()),
                            note -> display.report(new Progress.Event.Note(note)))) {
                Repository repository = registry.repository(target.repository());
                repository.requireAccess();
                ImagePusher.Pushed pushed = new ImagePusher(
                                repository, work.newDirectory("layer"), display, meter(display))
                        .push(name, location, tags, annotations, attachments);
                report.add(new PushResult(name.toString(), pushed));
            }
        }
    }

    private Map<String, String> annotations() {
        Map<String, String> annotations = new TreeMap<>();
        for (String annotation : request.annotations()) {
            int equals = annotation.indexOf('=');
            if (equals <= 0) {
                throw FaultException.wrongInput(
                        "\"" + annotation + "\" is no annotation.", "Give one such as --annotation revision=COMMIT");
            }
            String key = annotation.substring(0, equals);
            annotations.put(
                    KNOWN_ANNOTATIONS.contains(key) ? ImagePusher.ANNOTATIONS + key : key,
                    annotation.substring(equals + 1));
        }
        return annotations;
    }

    private List<Attachment> attachments() {
        List<Attachment> attachments = new ArrayList<>();
        for (String text : request.attachments()) {
            int colon = text.lastIndexOf(':');
            if (colon <= 0) {
                throw FaultException.wrongInput(
                        "\"" + text + "\" does not say what the file is.",
                        "Give --attach FILE:TYPE, such as sbom.json:application/vnd.cyclonedx+json");
            }
            attachments.add(new Attachment(file(text.substring(0, colon)), text.substring(colon + 1), Map.of()));
        }
        return attachments;
    }

    private static Path file(String text) {
        try {
            Path file = Path.of(text);
            if (Files.isRegularFile(file)) {
                return file;
            }
        } catch (InvalidPathException e) {
            throw FaultException.wrongInput("\"" + text + "\" is no name of a file: " + e.getReason() + ".", null);
        }
        throw FaultException.wrongInput("There is no file " + text + " to attach.", "Look at --attach FILE:TYPE.");
    }

    /** Shows how far a step is, not more often than somebody could read it. */
    private static ImagePusher.StepMeter meter(Display display) {
        Map<Step, Long> shown = new ConcurrentHashMap<>();
        return (step, done, all) -> {
            long now = System.nanoTime();
            Long last = shown.get(step);
            if ((last == null || now - last >= BETWEEN_REPORTS) && shown.merge(step, now, Math::max) == now) {
                display.report(new Progress.Event.Output(
                        step,
                        Quantity.megabytes(done) + " of " + Quantity.megabytes(all) + " MB ("
                                + Quantity.share(done, all) + ")"));
            }
        };
    }
}
